import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright/test'
import { type Folders, folders } from '../../../src/core/machine/folders.ts'

/** The window's sizes in the tests: the initial one, and the smallest at which it must stay readable. */
export const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const
export interface Size {
  readonly width: number
  readonly height: number
}

/** A window over the real engine, wherever it is shown. The specs know nothing more. */
export interface Stage {
  readonly front: 'electron' | 'chromium'
  readonly page: Page
  /** This session's folders. */
  readonly where: OwnFolders
  /** The issuer's page, as soon as cosign has requested it; the page is not answered yet. */
  readonly loginPage: () => Promise<Page>
  readonly resize: (size: Size) => Promise<void>
  readonly clipboard: () => Promise<string>
  /** What has gone wrong out of sight: errors of the page, and stacks that the engine wrote. */
  readonly complaints: () => readonly string[]
  /** Closes window and engine; resolves when everything that was started has ended. */
  readonly close: () => Promise<void>
}

/** State, settings and runtime folders of a test's own; the programs are those of the set-up. */
export interface OwnFolders extends Folders {
  readonly env: Readonly<Record<string, string>>
  readonly remove: () => void
}

export function ownFolders(): OwnFolders {
  const base = mkdtempSync(join(tmpdir(), 'st-'))
  const env = {
    // The programs of the set-up are shared, wherever HOME is.
    XDG_CACHE_HOME: dirname(folders().cache),
    XDG_CONFIG_HOME: join(base, 'config'),
    XDG_STATE_HOME: join(base, 'state'),
    XDG_RUNTIME_DIR: join(base, 'run'),
  }
  return {
    ...folders({ ...process.env, ...env }),
    env,
    remove: () => rmSync(base, { recursive: true, force: true }),
  }
}

/** Collects a page's complaints, from now on. */
export function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A browser requests an icon that the page does not name; Electron does not.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
  })
}
