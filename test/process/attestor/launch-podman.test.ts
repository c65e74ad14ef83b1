import { chownSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'vitest'
import { config, expectAsBuilt, expectRefused, LaunchStage, settings, start } from './launch-stage.ts'

const on = new LaunchStage()

describe('on Podman', () => {
  beforeEach(() => {
    on.stage.engine.server = 'Libpod/5.8.6 (linux)'
  })
  const passwd = '65532:*:65532:65532:container user:/:/bin/sh\n'
  const group = '65532:x:65532:65532\n'
  const own = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) on.stage.root.own(path, text)
  }

  it.each<[string, object]>([
    ['its name as an argument', { Args: ['/workload'] }],
    ['its own variables', config({ Env: ['A=1', 'container=podman', 'TERM=xterm', 'HOME=/'] })],
    ['a home from the image', config({ Env: ['A=1', 'HOME=/home/app'] })],
    ['its own annotations', settings({ Annotations: { 'io.container.manager': 'libpod' } })],
  ])('a container with %s is launched as built', async (_, more) => {
    on.stage.root.image('/etc/passwd', 'app:x:65532:65532::/home/app:/bin/sh\n')
    expectAsBuilt(await on.launched(more))
  })

  it.each<[string, object, string]>([
    ['its name twice for arguments', { Args: ['/workload', '/workload'] }, 'another program'],
    ['another home', config({ Env: ['A=1', 'HOME=/evil'] }), 'another environment: HOME'],
    ['an annotation for the runtime', settings({ Annotations: { 'run.oci.hooks': 'x' } }), 'Annotations'],
  ])('a container with %s is not', async (_, more, found) => expectRefused(await on.launched(more), found))

  it('the health check of an image is queried separately', async () => {
    const { Healthcheck } = { Healthcheck: { Test: ['CMD', '/check'] } }
    on.stage.engine.podmanImage = { Healthcheck }
    expectAsBuilt(await on.launched(config({ Healthcheck })))
    on.stage.engine.podmanImage = {}
    expectRefused(await on.launched(config({ Healthcheck })), 'another health check: CMD /check')
  })

  it.each<[string, string | undefined, string]>([
    ['alone', undefined, passwd],
    ['after those of the image', 'root:x:0:0::/:/bin/sh\n', `root:x:0:0::/:/bin/sh\n${passwd}`],
    ['after a last line without an end', 'root:x:0:0::/:/bin/sh', `root:x:0:0::/:/bin/sh${passwd}`],
  ])('the image\u2019s user may be named, %s', async (_, before, after) => {
    if (process.getuid?.() !== 0) return
    if (before !== undefined) on.stage.root.image('/etc/passwd', before)
    on.stage.root.image('/etc/hosts', '')
    own({ '/etc/passwd': after, '/etc/group': group })
    expectAsBuilt(await on.launched())
  })

  // Where the machine has an account of the number, Podman takes its name, and the working folder is its home.
  it('the image\u2019s user may be named as the machine names it, and its working folder may be made for it', async () => {
    if (process.getuid?.() !== 0) return
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => /^(?!root:)[^:]*:[^:]*:\d/.test(each))
    const [login = '', , uid = '', , words = ''] = line?.split(':') ?? []
    const { engine } = on.stage
    engine.imageStart = { ...start, User: uid, WorkingDir: '/srv/app' }
    own({
      '/etc/passwd': `${login}:*:${uid}:0:${words.split(',')[0]}:/srv/app:/bin/sh\n`,
      '/etc/group': `0:x:0:${uid}\n`,
    })
    on.stage.root.image('/etc/hosts', '')
    on.stage.root.own('/srv/app')
    chownSync(join(on.stage.root.upper, 'srv', 'app'), Number(uid), 0)
    const launched = { Config: { ...engine.imageStart, Env: ['A=1', 'HOME=/srv/app'] } }
    expectAsBuilt(await on.launched(launched))
    own({ '/etc/passwd': `evil:*:${uid}:0:${words.split(',')[0]}:/srv/app:/bin/sh\n` })
    expectRefused(await on.launched(launched), '/etc/passwd (added)')
  })

  it.each<[string, Record<string, string>, string]>([
    ['another name', { '/etc/passwd': 'root:*:0:0:evil:/:/bin/sh\n', '/etc/group': group }, '/etc/passwd'],
    ['a line more', { '/etc/passwd': `${passwd}evil:*:0:0::/:/bin/sh\n`, '/etc/group': group }, '/etc/passwd'],
    ['another group', { '/etc/passwd': passwd, '/etc/group': `${group}0:x:0:65532\n` }, '/etc/group'],
    ['a file besides', { '/etc/passwd': passwd, '/etc/group': group, '/etc/shadow': '' }, '/etc/shadow'],
  ])('but with %s it is not as built', async (_, files, path) => {
    on.stage.root.image('/etc/hosts', '')
    own(files)
    expectRefused(await on.launched(), `${path} (added)`)
  })

  it('a folder of the machine’s secrets is usual, and a secret that a person chose is not', async () => {
    on.stage.root.image('/run')
    on.stage.mount({ '/run/secrets': ['tmpfs'] })
    on.stage.root.inside('/run/secrets')
    expectAsBuilt(await on.launched())
    rmSync(join(on.stage.folder, 'rootfs', 'run', 'secrets'), { recursive: true })
    on.stage.root.inside('/run/secrets', 'evil')
    expectRefused(await on.launched(), 'tmpfs is mounted at /run/secrets')
  })

  it('these texts are its own: on Docker they are changes', async () => {
    on.stage.engine.server = 'Docker/28.5.2 (linux)'
    on.stage.root.image('/etc/hosts', '')
    own({ '/etc/passwd': passwd })
    expectRefused(await on.launched(), '/etc/passwd (added)')
  })
})
