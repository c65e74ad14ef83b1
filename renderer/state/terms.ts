/** Field terms, each explained as docs/glossary.md explains it; a test holds the two together. */
export const terms = {
  agent: 'SPIRE’s program on each node. It attests workloads and hands out their SVIDs.',
  attestor: 'Our SPIRE WorkloadAttestor plugin: from a PID to the selectors of who signed its image.',
  bundle:
    'A Sigstore bundle: signature, certificate, log entry and timestamp in one JSON file. Not to be mixed up with the trust bundle.',
  certificate: 'Fulcio’s, for a person, ten minutes, code signing only. The workload’s is called SVID.',
  checkpoint: 'A log’s signed statement of its size and root hash.',
  'CT log': 'The log in which Fulcio’s certificates are recorded.',
  'decision record': 'What the attestor writes for each process in a container: gate by gate, expected and found.',
  digest:
    'sha256: and 64 hex characters. Image digest: of the manifest, as the registry knows it. Image id: as the engine knows it.',
  entry:
    'Registration entry in SPIRE: which selectors earn which SPIFFE ID. Log entry in Rekor: the record of one signature.',
  gate: 'One question of an attestation, in order: container, image, registry, signature, signer, launch, entry.',
  'inclusion proof': 'The hashes that lead from one log entry to the checkpoint’s root hash.',
  issuer: 'The OIDC issuer that vouched for a person. Part of the signer identity.',
  referrer:
    'A manifest in the registry that points at another one; cosign 3 stores bundles so. Registries without that API use the fallback tag.',
  SCT: 'The CT log’s promise to record a certificate.',
  selector: 'A fact about a workload, type:value. Ours have the type sigstore.',
  signer: 'Subject and issuer, as one pair.',
  SVID: 'The workload’s X.509 certificate, an hour long, renewed by the agent.',
  timestamp: 'The RFC 3161 answer of the timestamp authority: when the signature existed.',
  'trust bundle': 'The authorities of a SPIFFE trust domain.',
  'trusted root': 'The keys and certificates that a Sigstore verifier believes.',
} as const

export type Term = keyof typeof terms

/** Those of them that a sentence does not have. */
export const termsBeside = (text: string, of: readonly Term[]): readonly Term[] => {
  const within = termParts(text, of).map(({ term }) => term)
  return of.filter((term) => !within.includes(term))
}

/** A piece of a sentence, and the term that it is. */
export interface TermPart {
  readonly at: number
  readonly piece: string
  readonly term: Term | null
}

/** A sentence cut at the first place of each of these terms, as a whole word. */
export function termParts(text: string, of: readonly Term[]): readonly TermPart[] {
  const places = of
    .map((term) => ({ term, at: text.search(new RegExp(`(?<![\\p{L}\\p{N}])${term}(?![\\p{L}\\p{N}])`, 'u')) }))
    .filter(({ at }) => at >= 0)
    .toSorted((one, other) => one.at - other.at)
  const parts: TermPart[] = []
  let done = 0
  for (const { term, at } of places) {
    if (at < done) continue
    if (at > done) parts.push({ at: done, piece: text.slice(done, at), term: null })
    parts.push({ at, piece: term, term })
    done = at + term.length
  }
  if (done < text.length) parts.push({ at: done, piece: text.slice(done), term: null })
  return parts
}
