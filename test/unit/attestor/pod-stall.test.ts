import { expect, it } from 'vitest'
import { objectionToMounts } from '../../../src/core/attestor/gates/launch/mounts.ts'
import { otherPodStart } from '../../../src/core/attestor/gates/launch/pod/start.ts'
import { variableBeside } from '../../../src/core/attestor/gates/launch/program.ts'
import { imageFacts, imageStatus } from '../../../src/core/attestor/runtimes/cri/answers.ts'
import { launchWith, recorded } from '../../fixtures/cri-fixtures.ts'

// The plugin has one thread: what the author of a pod makes long must not let all other workloads wait. Nothing here
// asserts a duration; compared in the obvious way, each of these takes minutes.

const image = imageFacts(imageStatus.parse(recorded('image-status')).info).start!
const users = 'web:x:1000:1000::/:/bin/sh\n'

it('the name of a variable of a pod may be long', () => {
  const name = `A${'_SERVICE_PORT_'.repeat(50_000)}a`
  const launch = launchWith(({ runtimeSpec: { process } }) => void process.env.push(`${name}=1`))
  const text = (path: string) => (path === '/etc/passwd' ? users : undefined)
  expect(otherPodStart(launch, image, { text })).toBe(`another environment: ${name}`)
})

it('an image may have very many variables', () => {
  // Two lists, as two answers of a runtime give them.
  const many = () => Array.from({ length: 150_000 }, (_, index) => `A${index}=1`)
  expect(variableBeside([...many(), 'X=1'], many(), () => false)).toBe('X')
}, 30_000)

it('an image may declare very many volumes', () => {
  const volumes = Array.from({ length: 100_000 }, (_, index) => `/${index}`)
  const mounts = volumes.map((target) => ({
    type: 'volume',
    source: '/x',
    target,
    name: 'a'.repeat(64),
    driver: 'local',
    readOnly: false,
  }))
  const found = objectionToMounts({
    launch: { mounts, readOnly: false },
    image: { ...image, volumes },
    engine: 'cri',
    layers: { facts: () => undefined, names: () => [], resolve: (path) => path },
    table: [],
    allowed: [],
    exists: () => false,
    isFolder: () => false,
    otherThanSockets: () => undefined,
  })
  expect(found).toBe('more than 256 mounts')
})
