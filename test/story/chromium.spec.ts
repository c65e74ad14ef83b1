import { expect, test } from './fixtures.ts'
import { goesStepByStep, mendsEveryDenial } from './specs/again.ts'
import { showsWhatIsAround } from './specs/around.ts'
import { tellsEveryDenial } from './specs/denials.ts'
import { tellsTheSignedStory } from './specs/signed.ts'
import { stopsWhenAsked } from './specs/stopping.ts'
import { chromiumStage } from './stage/chromium.ts'
import { type Look, pictureForReadme } from './stage/look.ts'
import type { Stage } from './stage/stage.ts'
import { expectNothingLeft } from './traces.ts'

test.describe.configure({ mode: 'serial' })

test.describe('in Chromium, over WebSocket', () => {
  let stage: Stage
  const here = () => stage
  // Every screen is checked in Electron; these two are README's (`npm run pictures`).
  const forReadme: Look = async (name) => {
    if (name === 'signed-attest' || name === 'tampered-attest') await pictureForReadme(stage.page, name)
  }
  test.beforeAll(async () => {
    stage = await chromiumStage()
  })
  test.afterAll(async () => {
    await stage?.close()
    stage?.where.remove()
  })

  tellsTheSignedStory(here, forReadme)
  tellsEveryDenial(here, forReadme)
  mendsEveryDenial(here, forReadme)
  stopsWhenAsked(here, forReadme)
  showsWhatIsAround(here, forReadme)
  goesStepByStep(here, forReadme)

  test('has no complaints, and leaves nothing when it is closed', async () => {
    await stage.close()
    expect(stage.complaints()).toEqual([])
    expectNothingLeft(stage.where)
  })
})
