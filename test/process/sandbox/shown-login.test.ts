import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { showToPerson } from '../../../src/core/steps/sign/login.ts'
import type { StepReport } from '../../../src/core/workflow/events.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shown-'))
  // The person’s browser.
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > ${folder}/opened\n`)
  await chmod(join(folder, 'xdg-open'), 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'SSH_CONNECTION']) vi.stubEnv(name, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const url = 'https://a.example/authorize?state=s&redirect_uri=http%3A%2F%2Flocalhost%3A43211%2Fauth%2Fcallback'
const wait = { what: 'the login of ada at https://a.example', until: '2026-01-01T00:00:00.000Z' }
const show = (more: { code?: string; connector?: string } = {}) => {
  const reports: StepReport[] = []
  const login = { url, code: more.code, connector: more.connector }
  showToPerson((each) => void reports.push(each), wait, login)
  return reports
}
const opened = async () => {
  await expect.poll(() => readFile(join(folder, 'opened'), 'utf8').catch(() => '')).not.toBe('')
  return (await readFile(join(folder, 'opened'), 'utf8')).trim()
}

describe('a login in a person’s own browser', () => {
  it('is opened, and its address is shown', async () => {
    vi.stubEnv('DISPLAY', ':0')
    expect(show()).toEqual([{ type: 'step.waited', ...wait, address: url }])
    expect(await opened()).toBe(url)
  })

  it('names the chosen identity provider', async () => {
    vi.stubEnv('DISPLAY', ':0')
    const [waited] = show({ connector: 'https://accounts.google.com' })
    const address = waited?.type === 'step.waited' ? (waited.address ?? '') : ''
    expect(new URL(address).searchParams.get('connector_id')).toBe('https://accounts.google.com')
    expect(await opened()).toBe(address)
  })

  it('without a display comes with the ssh command for the port that cosign really has', async () => {
    vi.stubEnv('SSH_CONNECTION', '10.0.0.9 51234 10.0.0.5 2222')
    const [note, waited] = show()
    const command = `ssh -L 43211:localhost:43211 -p 2222 ${userInfo().username}@10.0.0.5`
    expect(note).toEqual({ type: 'step.noted', text: expect.stringMatching(new RegExp(`: ${command}$`)) })
    expect(waited).toMatchObject({ address: url })
    // A browser may be there all the same; its process writes to the folder of this test.
    expect(await opened()).toBe(url)
  })

  it('by a code needs neither a browser here nor a way to it', async () => {
    expect(show({ code: 'ABCD-EFGH', connector: 'x' })).toEqual([
      { type: 'step.waited', ...wait, what: `${wait.what}, with the code ABCD-EFGH`, address: url },
    ])
    expect(await readFile(join(folder, 'opened'), 'utf8').catch(() => 'not opened')).toBe('not opened')
  })
})
