import { expect, it } from 'vitest'
import { pointsBelow } from '../../../src/core/containers/mounts.ts'

const mountinfo = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
90 22 254:0 /data /state/engine/data rw,relatime - ext4 /dev/vda rw
91 90 0:50 / /state/engine/data/overlay2/ab/merged rw - overlay overlay rw
92 22 0:4 net:[4026532] /state/engine-of-another/netns/x rw - nsfs nsfs rw
93 90 0:51 / /state/engine/with\\040space rw - tmpfs tmpfs rw
`

it('finds the mounts below a folder, newest first, and none of a folder whose name only begins the same', () => {
  expect(pointsBelow(mountinfo, '/state/engine')).toEqual([
    '/state/engine/with space',
    '/state/engine/data/overlay2/ab/merged',
    '/state/engine/data',
  ])
})

it('counts the folder itself', () => {
  expect(pointsBelow(mountinfo, '/state/engine/data')).toContain('/state/engine/data')
})
