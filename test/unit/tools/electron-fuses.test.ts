import { FuseV1Options } from '@electron/fuses'
import { expect, it } from 'vitest'
import { developmentFuses, fuseDifferences, releaseFuses } from '../../../src/cli/window/runtime/fuses.ts'

const stands = (fuses: Readonly<Record<number, boolean>>) =>
  Object.fromEntries(Object.entries(fuses).map(([key, on]) => [FuseV1Options[Number(key)] ?? '', on]))

it('every fuse that the library knows is stated, for development and for what is shipped', () => {
  const known = Object.values(FuseV1Options).filter((value) => typeof value === 'number')
  for (const fuses of [developmentFuses, releaseFuses]) {
    expect(
      Object.keys(fuses)
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(known)
    expect(fuseDifferences(fuses, stands(fuses))).toEqual([])
  }
})

it('what is shipped admits no one: no Node, no options, no inspector, no other app', () => {
  expect(stands(releaseFuses)).toMatchObject({
    RunAsNode: false,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    OnlyLoadAppFromAsar: true,
    GrantFileProtocolExtraPrivileges: false,
  })
})

it('a fuse in another state is named, and so is an unstated one; a missing one is not', () => {
  const found = { RunAsNode: true, OnlyLoadAppFromAsar: true, 'fuse 23': false }
  expect(fuseDifferences(releaseFuses, found)).toEqual([
    'RunAsNode is on, must be off',
    'fuse 23 is off, we say nothing about it',
  ])
})
