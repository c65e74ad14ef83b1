import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { goesStepByStep, mendsEveryDenial } from './specs/again.ts'
import { showsWhatIsAround } from './specs/around.ts'
import { tellsEveryDenial } from './specs/denials.ts'
import { tellsTheSignedStory } from './specs/signed.ts'
import { stopsWhenAsked } from './specs/stopping.ts'
import { type ElectronStage, electronStage } from './stage/electron.ts'
import { type Look, look, pictureOfFailure } from './stage/look.ts'
import { expectNothingLeft } from './traces.ts'

describe('in Electron, as it is built', () => {
  let stage: ElectronStage
  const here = () => stage
  const flaws: string[] = []
  const keepLooking: Look = async (name) => void flaws.push(...(await look(stage, name)))
  beforeAll(async () => {
    stage = await electronStage()
  })
  afterEach(({ task }) => pictureOfFailure(stage, task))
  afterAll(async () => {
    await stage?.close()
    stage?.where.remove()
  })

  tellsTheSignedStory(here, keepLooking)
  tellsEveryDenial(here, keepLooking)
  mendsEveryDenial(here, keepLooking)
  stopsWhenAsked(here, keepLooking)
  showsWhatIsAround(here, keepLooking)
  goesStepByStep(here, keepLooking)

  it('shows no screen that is larger than its window, or that axe finds fault with', () => {
    expect(flaws).toEqual([])
  })

  it('has nothing to complain of, and leaves nothing when it is closed', async () => {
    await stage.close()
    expect(stage.complaints()).toEqual([])
    expectNothingLeft(stage.where)
  })
})
