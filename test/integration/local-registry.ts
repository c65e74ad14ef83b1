import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import getPort from 'get-port'
import { type Service, startService } from '../../src/core/process/services/service.ts'

/** A registry of its own for a test, on a free loopback port, with its data below `folder`. */
export async function startRegistry(registry: string, folder: string): Promise<{ host: string; service: Service }> {
  const host = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`
  await mkdir(folder, { recursive: true })
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } },
    http: { addr: host, secret: 'only for this test' },
  }
  const file = join(folder, 'registry.yml')
  await writeFile(file, JSON.stringify(configuration))
  const started = await startService({
    id: 'registry',
    program: registry,
    args: ['serve', file],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    logFile: join(folder, 'registry.log'),
    pidFolder: join(folder, 'pids'),
    readyTimeoutMs: 20_000,
    probe: async (signal) => (await fetch(`http://${host}/v2/`, { signal })).ok,
  })
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  return { host, service: started.value }
}
