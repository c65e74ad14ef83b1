import type { TrustedLog } from '../../domain/certificates/trust.ts'
import type { LogEntryFacts } from '../../domain/log/log-entry.ts'
import type { AskHow } from './ask.ts'
import { compareWithLog, newestCheckpoint } from './log-reader.ts'
import { couldNotRead, type OverHttp } from './over-http.ts'
import { rekorLayout, TileError, TileFiles } from './tile-files.ts'
import { tilesAt } from './tile-http.ts'

const newest = 'the newest checkpoint of the log'

/**
 * Reads an entry back from a Rekor v2 over HTTP: the same checks as on a folder of tiles. The server that takes entries
 * serves none (github.com/sigstore/rekor-tiles, internal/server/service.go, GetTile); if nothing else responds at its
 * address, nothing is checked.
 */
export async function readBackV2(options: {
  readonly url: string
  readonly log: TrustedLog
  readonly entry: LogEntryFacts
  readonly how: AskHow
}): Promise<OverHttp> {
  const files = new TileFiles(tilesAt(`${options.url.replace(/\/+$/, '')}/api/v2`, options.how), rekorLayout)
  const nothing = (check: OverHttp['checks'][number]): OverHttp => ({ found: null, checks: [check] })
  try {
    const checkpoint = await newestCheckpoint(files)
    if (!checkpoint.ok) {
      return nothing(couldNotRead('log-checkpoint', newest, checkpoint.error.found ?? 'another text'))
    }
    const back = await compareWithLog(files, options.log, checkpoint.value, options.entry)
    const { origin, treeSize, rootHash, leafHash, checks } = back
    return { found: { origin, treeSize, rootHash, leafHash, uuid: null, shard: null }, checks }
  } catch (error) {
    if (!(error instanceof TileError)) throw error
    const atOnce = files.names().length === 0
    if (!atOnce) return nothing(couldNotRead('log-proof', error.expected, error.message))
    if (!error.missing) return nothing(couldNotRead('log-checkpoint', newest, error.message))
    const found = `it takes entries and serves none (${error.message}); another server may serve its tiles`
    return nothing({ id: 'log-checkpoint', verdict: 'not-checked', expected: newest, found })
  }
}
