import { rm } from 'node:fs/promises'
import { errorSentence, whatAndFound } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { makeTemporaryFolder } from '../../files/temporary-folder.ts'
import { rightsProblem } from '../../machine/rights.ts'
import { unusableEntries } from '../../sigstore/trust/trust-material.ts'
import { repositoryOf } from '../../sigstore/trust/trust-root.ts'
import { fetchTrustedRoot, keptTrustedRoot } from '../../sigstore/trust/tuf-root.ts'
import { readConfiguration, readConfigurationFile, runtimeMissing } from '../config/load.ts'
import { namedText } from '../config/named-files.ts'
import type { AttestorConfig } from '../config/schema.ts'

const fetchWithinMs = 10_000

/**
 * Checks whether a configuration would be accepted, with all that it names; a TUF repository is contacted, and nothing
 * is stored. Returns sentences about it.
 */
export async function checkConfig(file: string): Promise<Result<readonly string[]>> {
  const text = readConfigurationFile(file)
  if (!text.ok) return text
  const config = await readConfiguration(text.value)
  if (!config.ok) return config
  const missing = runtimeMissing(config.value)
  if (missing !== undefined) return err(missing)
  const trust = await aboutTrust(config.value)
  return trust.ok ? ok([`${file} is accepted.`, ...noticesOf(config.value), ...trust.value]) : trust
}

function noticesOf({ notice, launch }: AttestorConfig): readonly string[] {
  const rights = launch.check ? rightsProblem() : undefined
  return [...(notice === undefined ? [] : [notice]), ...(rights === undefined ? [] : [errorSentence(rights)])]
}

async function aboutTrust({ trustedRoot }: AttestorConfig): Promise<Result<readonly string[]>> {
  if (typeof trustedRoot === 'string') {
    const text = namedText('trustedRoot', trustedRoot)
    return text.ok ? ok(notUsed(text.value)) : text
  }
  const repository = await repositoryOf(trustedRoot.tuf)
  if (!repository.ok) return repository
  const { mirror } = repository.value
  const kept = await keptTrustedRoot(repository.value)
  const made = makeTemporaryFolder('sigstore-attestor-check')
  if (!made.ok) return made
  const cache = made.value
  try {
    const fetched = await fetchTrustedRoot({ ...repository.value, cache }, AbortSignal.timeout(fetchWithinMs))
    if (fetched.ok) {
      const about = `${mirror} has a trusted root; its metadata end at ${fetched.value.expires}.`
      return ok([about, ...notUsed(fetched.value.json)])
    }
    if (!kept.ok) return fetched
    const { confirmedAt, expires } = kept.value
    return ok([
      whatAndFound(fetched.error),
      `The trusted root that was confirmed ${ageOf(confirmedAt)} ago, at ${confirmedAt}, counts until ${expires}.`,
    ])
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

const notUsed = (trustedRoot: string): readonly string[] =>
  unusableEntries(trustedRoot).map((sentence) => `${sentence[0]?.toUpperCase()}${sentence.slice(1)}; it is not used.`)

/** The age, in the largest unit that makes at least two. */
function ageOf(time: string): string {
  const minutes = Math.round((Date.now() - Date.parse(time)) / 60_000)
  if (minutes < 120) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1_440)} days`
}
