import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ListenOptions } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { displayProblem, windowSystem } from '../../../src/core/machine/display.ts'

const folder = mkdtempSync(join(tmpdir(), 'display-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function listening(options: ListenOptions): Promise<number> {
  const server = createServer().listen(options)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a display', () => {
  it('that is not configured is a problem', async () => {
    expect(await displayProblem({ DISPLAY: '' })).toMatchObject({ code: 'machine.no-display' })
  })

  it.each([
    [{ DISPLAY: ':59001' }, /DISPLAY is :59001: .*X59001 cannot be reached \(ENOENT\)/],
    [{ DISPLAY: 'localhost:11.0' }, /localhost:6011 cannot be reached \(ECONNREFUSED\)/],
    [{ DISPLAY: 'garbage' }, /no name of a display/],
    [{ DISPLAY: 'localhost:99999' }, /no name of a display/],
    [{ WAYLAND_DISPLAY: 'wayland-9', XDG_RUNTIME_DIR: folder }, /wayland-9 cannot be reached/],
    [{ WAYLAND_DISPLAY: 'wayland-9' }, /WAYLAND_DISPLAY is wayland-9: .*XDG_RUNTIME_DIR, which is not set/],
  ])('where no server answers is a problem: %o', async (env, found) => {
    expect(await displayProblem(env)).toMatchObject({
      code: 'machine.display-silent',
      found: expect.stringMatching(found),
      remedy: expect.stringContaining('npm run story'),
    })
  })

  it.each(['', 'unix'])('on an abstract socket answers to "%s:59002.0"', async (host) => {
    await listening({ path: '\0/tmp/.X11-unix/X59002' })
    expect(await displayProblem({ DISPLAY: `${host}:59002.0` })).toBeUndefined()
  })

  it('on a port answers, as that of an SSH connection', async () => {
    const port = await listening({ port: 0, host: '127.0.0.1' })
    expect(await displayProblem({ DISPLAY: `127.0.0.1:${port - 6000}.0` })).toBeUndefined()
  })

  it('of Wayland answers beside a DISPLAY that does not', async () => {
    await listening({ path: join(folder, 'wayland-0') })
    const env = { DISPLAY: ':59001', WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: folder }
    expect(await displayProblem(env)).toBeUndefined()
    expect(await displayProblem({ WAYLAND_DISPLAY: join(folder, 'wayland-0') })).toBeUndefined()
  })

  it('that alone answers decides the window system; of two, Chromium chooses', async () => {
    const wayland = join(folder, 'wayland-1')
    expect(await windowSystem({})).toBeUndefined()
    expect(await windowSystem({ DISPLAY: ':59003', WAYLAND_DISPLAY: wayland })).toBeUndefined()
    await listening({ path: wayland })
    expect(await windowSystem({ WAYLAND_DISPLAY: wayland })).toBe('wayland')
    expect(await windowSystem({ DISPLAY: ':59003', WAYLAND_DISPLAY: wayland })).toBe('wayland')
    await listening({ path: '\0/tmp/.X11-unix/X59003' })
    expect(await windowSystem({ DISPLAY: ':59003', WAYLAND_DISPLAY: wayland })).toBeUndefined()
    expect(await windowSystem({ DISPLAY: ':59003', WAYLAND_DISPLAY: join(folder, 'none') })).toBe('x11')
  })
})
