import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { Stage } from './stage.ts'

/** For each test of a file a stage with a loaded plugin, which `use` gets. Returns the plugin's file. */
export function pluginForEach(use: (stage: Stage, host: PluginHost) => void): string {
  const built = mkdtempSync(join(tmpdir(), 'attestor-plugin-'))
  const plugin = join(built, 'attestor-plugin.cjs')
  let stage: Stage
  let host: PluginHost
  beforeAll(() => copyPlugin(plugin))
  afterAll(() => rmSync(built, { recursive: true }))
  beforeEach(async () => {
    stage = await new Stage().start()
    host = new PluginHost(plugin, { TMPDIR: stage.folder })
    await host.load()
    use(stage, host)
  })
  afterEach(async () => {
    await host.kill()
    await stage.stop()
  })
  return plugin
}
