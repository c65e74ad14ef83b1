/** Terms, each with its explanation from docs/glossary.md; a test compares the two. */
export const terms = {
  agent: 'SPIRE’s program on each node. It attests workloads and hands out their SVIDs.',
  attestor: 'Our SPIRE WorkloadAttestor plugin. It turns a PID into selectors that say who signed the image.',
  bundle:
    'A Sigstore bundle: signature, certificate, log entry and timestamp in one JSON file. Not to be confused with the trust bundle.',
  certificate:
    'Issued by Fulcio to a person, for ten minutes and code signing only. The certificate of the workload is called SVID.',
  checkpoint: 'A log’s signed statement of its size and root hash.',
  'CT log': 'The log in which Fulcio’s certificates are recorded.',
  'decision record':
    'What the attestor writes for each process in a container: every gate, with what it expected and found.',
  digest:
    'sha256: and 64 hex characters. Image digest: of the manifest, as the registry knows it. Image id: as the container engine knows it.',
  entry:
    'Registration entry in SPIRE: which selectors map to which SPIFFE ID. Log entry in Rekor: the record of one signature.',
  gate: 'One question of an attestation, in order: container, image, registry, signature, signer, launch, entry.',
  'inclusion proof': 'The hashes that lead from one log entry to the checkpoint’s root hash.',
  issuer: 'The OIDC provider that authenticated the person or the build system. Part of the signer identity.',
  referrer:
    'A manifest in the registry that refers to another one; cosign 3 stores bundles this way. Registries without the referrers API use the fallback tag.',
  SCT: 'Signed certificate timestamp: the CT log’s signed statement that it will include a certificate.',
  selector: 'A fact about a workload, type:value. Ours have the type sigstore.',
  signer: 'Subject and issuer, as a pair.',
  SVID: 'The workload’s X.509 certificate, valid for one hour and renewed by the agent.',
  timestamp: 'The RFC 3161 response of the timestamp authority: when the signature existed.',
  'trust bundle': 'The CA certificates of a SPIFFE trust domain.',
  'trusted root': 'The keys and certificates that a Sigstore verifier trusts.',
} as const

export type Term = keyof typeof terms

/** Those of them that a sentence lacks. */
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

/** A sentence split at the first occurrence of each of these terms, as a whole word. */
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
