import type { ChildProcess } from 'node:child_process'
import type { ElectronApplication, TestInfo } from 'playwright/test'

// Playwright keeps a picture and a trace of the pages of its browsers by itself, but not of the windows of an Electron
// application.

interface Recorded {
  readonly app: ElectronApplication
  readonly child: ChildProcess
  readonly close: () => Promise<void>
  /** Started before the test, so that others use it after this one. */
  readonly shared: boolean
}

const recorded = new Set<Recorded>()
let inTest = false

/** Those that have not ended. */
function running(): readonly Recorded[] {
  for (const each of recorded) {
    if (each.child.exitCode !== null || each.child.signalCode !== null) recorded.delete(each)
  }
  return [...recorded]
}

/** Records an application from now on. One that a test has started is closed when the test ends. */
export async function record(app: ElectronApplication, close: () => Promise<void>): Promise<void> {
  await app.context().tracing.start({ snapshots: true, sources: true })
  recorded.add({ app, child: app.process(), close, shared: !inTest })
}

/** A test begins: whatever runs already was started for several. */
export async function beginEvidence(): Promise<void> {
  inTest = true
  for (const { app } of running()) await app.context().tracing.startChunk()
}

/** A test is over: keeps pictures and a trace of each application where it failed, and closes what it has started. */
export async function endEvidence(testInfo: TestInfo): Promise<void> {
  inTest = false
  const failed = testInfo.status !== testInfo.expectedStatus
  for (const each of running()) {
    if (failed) await keep(each.app, testInfo)
    else if (each.shared) await each.app.context().tracing.stopChunk()
    if (each.shared) continue
    recorded.delete(each)
    await each.close()
  }
}

/** Where an application ends or hangs meanwhile, the failure of the test says more than what is missing here. */
async function keep(app: ElectronApplication, testInfo: TestInfo): Promise<void> {
  const attach = async (name: string, contentType: string, file: string, make: (path: string) => Promise<unknown>) => {
    const path = testInfo.outputPath(file)
    try {
      await make(path)
      testInfo.attachments.push({ name, path, contentType })
    } catch (error) {
      testInfo.annotations.push({ type: `no ${name} of the window`, description: String(error) })
    }
  }
  const next = (): number => testInfo.attachments.length + 1
  for (const page of app.windows()) {
    const take = (path: string) => page.screenshot({ path, timeout: 5_000 })
    await attach('screenshot', 'image/png', `window-${next()}.png`, take)
  }
  const stop = (path: string) => app.context().tracing.stopChunk({ path })
  await attach('trace', 'application/zip', `window-trace-${next()}.zip`, stop)
}
