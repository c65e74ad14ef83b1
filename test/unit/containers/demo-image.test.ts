import { expect, it } from 'vitest'
import { demoImage, idleImage } from '../../../src/core/containers/images/demo-image.ts'
import { labelKey } from '../../../src/core/containers/labels.ts'

const spec = { workload: '/tools/workload', note: 'one "quoted" note\n', now: new Date('2026-11-21T10:00:00Z') }
const contentOf = ({ files }: ReturnType<typeof demoImage>) => {
  const content = files.find(({ name }) => name === 'content.json')?.content
  return content instanceof Uint8Array ? Buffer.from(content).toString() : ''
}

it('gives every build other content and the same instructions', () => {
  const [first, second] = [demoImage(spec), demoImage(spec)]
  expect(contentOf(first)).not.toBe(contentOf(second))
  expect(first.dockerfile).toBe(second.dockerfile)
})

it('writes the note as JSON, whatever its content', () => {
  expect(JSON.parse(contentOf(demoImage(spec)))).toMatchObject({ note: spec.note, builtAt: '2026-11-21T10:00:00.000Z' })
})

it('labels the image in its second line, so that even an unfinished build is recognized as ours', () => {
  for (const { dockerfile } of [demoImage(spec), idleImage(spec.workload)]) {
    expect(dockerfile.split('\n')[1]).toMatch(new RegExp(`^LABEL ${labelKey}="uid-\\d+-[0-9a-f]{12}"$`))
  }
})

it('shares all but its last line with the probe\u2019s image, so that the builder uses its cache', () => {
  const lines = demoImage(spec).dockerfile.split('\n')
  expect(idleImage(spec.workload).dockerfile.split('\n').slice(0, -2)).toEqual(lines.slice(0, -2))
})
