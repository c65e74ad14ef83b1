import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CopiedProgram, copiedProgram } from './copied-program.ts'

let program: CopiedProgram
let path: string
beforeAll(() => {
  program = copiedProgram()
  const fetcher = join('test', 'bench', 'fetcher')
  cpSync(join(import.meta.dirname, '..', '..', '..', fetcher), join(program.place, fetcher), { recursive: true })
  const tools = program.scriptedTools()
  const go = join(program.place, 'go')
  mkdirSync(go)
  const fails = 'echo "main.go:9:2: Get \\"https://proxy.example/x.zip\\": dial tcp: no such host" >&2; exit 1'
  writeFileSync(
    join(go, 'go'),
    `#!/bin/sh\ncase $1 in version) echo go version go1.26.0 linux/amd64;; *) ${fails};; esac\n`,
  )
  chmodSync(join(go, 'go'), 0o755)
  path = `${tools}:${go}:/usr/bin:/bin`
})
afterAll(() => program.remove())

it('a bench whose program cannot be built ends with Go\u2019s message and the fix, without a stack', () => {
  const env = { PATH: path, DOCKER_HOST: `unix://${program.place}/no-engine.sock` }
  const { status, said } = program.run(['bench', '--only', 'attestor'], env)
  expect(status).toBe(1)
  expect(said).toMatch(/could not be built.*dial tcp: no such host.*GOPROXY/)
})
