import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { goesStepByStep, mendsEveryDenial } from './specs/again.ts'
import { showsWhatIsAround } from './specs/around.ts'
import { tellsEveryDenial } from './specs/denials.ts'
import { tellsTheSignedStory } from './specs/signed.ts'
import { stopsWhenAsked } from './specs/stopping.ts'
import { chromiumStage } from './stage/chromium.ts'
import { type Look, pictureForReadme, pictureOfFailure } from './stage/look.ts'
import type { Stage } from './stage/stage.ts'
import { expectNothingLeft } from './traces.ts'

const executablePath = inject('chromium')

describe.skipIf(executablePath === null)('in Chromium, over WebSocket', () => {
  let stage: Stage
  const here = () => stage
  // Every screen is looked at in Electron; these two are README's (`npm run pictures`).
  const forReadme: Look = async (name) => {
    if (name === 'signed-attest' || name === 'tampered-attest') await pictureForReadme(stage.page, name)
  }
  beforeAll(async () => {
    stage = await chromiumStage(executablePath ?? '')
  })
  afterEach(({ task }) => pictureOfFailure(stage, task))
  afterAll(async () => {
    await stage?.close()
    stage?.where.remove()
  })

  tellsTheSignedStory(here, forReadme)
  tellsEveryDenial(here, forReadme)
  mendsEveryDenial(here, forReadme)
  stopsWhenAsked(here, forReadme)
  showsWhatIsAround(here, forReadme)
  goesStepByStep(here, forReadme)

  it('has nothing to complain of, and leaves nothing when it is closed', async () => {
    await stage.close()
    expect(stage.complaints()).toEqual([])
    expectNothingLeft(stage.where)
  })
})
