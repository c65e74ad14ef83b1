import { readFile } from 'node:fs/promises'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { readBackOverHttp } from '../../../src/core/sigstore/logs/read-back.ts'

/** The result of reading a bundle's entry back from a Rekor v2 at this address: a line per check. */
export async function readBackAt(url: string, bundleFile: string, trustedRootFile: string): Promise<readonly string[]> {
  const facts = readBundleFacts(await readFile(bundleFile, 'utf8'))
  if (!facts.ok) throw new Error(facts.error.found)
  const back = await readBackOverHttp({
    rekor: { url, version: 2 },
    trustedRoot: await readFile(trustedRootFile, 'utf8'),
    entry: facts.value.logEntry,
    signal: new AbortController().signal,
  })
  if (!back.ok) throw new Error(back.error.code)
  return back.value.checks.map(({ id, verdict, found }) =>
    verdict === 'passed' ? `${id} passed` : `${id} ${verdict}: ${found}`,
  )
}
