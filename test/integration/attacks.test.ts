import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endings } from './attacks/ends.ts'
import { evidenceAttacks } from './attacks/evidence.ts'
import { imageAttacks } from './attacks/images.ts'
import { launchAttacks } from './attacks/launches.ts'
import { nameAttacks } from './attacks/names.ts'
import { platformCases } from './attacks/platforms.ts'
import { processAttacks } from './attacks/processes.ts'
import { registryAttacks } from './attacks/registries.ts'
import { signerAttacks } from './attacks/signers.ts'
import { AttackStage } from './attacks/stage.ts'
import { root, temporaryFolders } from './harness/session.ts'

const where = temporaryFolders()
let stage: AttackStage

beforeAll(async () => {
  stage = await AttackStage.start(where)
})
afterAll(async () => {
  await stage?.close()
  where.remove()
})

// One sandbox and one agent for all of them: every case has an image of its own.
evidenceAttacks(() => stage)
imageAttacks(() => stage)
platformCases(() => stage)
signerAttacks(() => stage)
launchAttacks(() => stage)
nameAttacks(() => stage)
processAttacks(() => stage)
registryAttacks(() => stage)

// Everything that recorded something is before it.
it('SPIRE\u2019s own attestor behaves as the documentation says', () => {
  const text = readFileSync(join(root, 'docs', 'attestor.md'), 'utf8')
  const rows = text.split('\n').filter((line) => /^\|.*(?: digest| an error| nothing) \|$/.test(line))
  expect(stage.table.toSorted()).toEqual(rows.toSorted())
})

endings(() => stage)
