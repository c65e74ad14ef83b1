import { expect, test } from './fixtures.ts'
import { goesStepByStep, mendsEveryDenial } from './specs/again.ts'
import { showsWhatIsAround } from './specs/around.ts'
import { tellsEveryDenial } from './specs/denials.ts'
import { tellsTheSignedStory } from './specs/signed.ts'
import { stopsWhenAsked } from './specs/stopping.ts'
import { type ElectronStage, electronStage } from './stage/electron.ts'
import { emptyScreens, type Look, look } from './stage/look.ts'
import { expectNothingLeft } from './traces.ts'

test.describe.configure({ mode: 'serial' })

test.describe('in Electron, as built', () => {
  let stage: ElectronStage
  const here = () => stage
  const flaws: string[] = []
  const keepLooking: Look = async (name) => void flaws.push(...(await look(stage, name)))
  test.beforeAll(async () => {
    // Those of earlier runs would look like today's.
    emptyScreens()
    stage = await electronStage()
  })
  test.afterAll(async () => {
    await stage?.close()
    stage?.where.remove()
  })

  tellsTheSignedStory(here, keepLooking)
  tellsEveryDenial(here, keepLooking)
  mendsEveryDenial(here, keepLooking)
  stopsWhenAsked(here, keepLooking)
  showsWhatIsAround(here, keepLooking)
  goesStepByStep(here, keepLooking)

  test('shows no screen that is larger than its window, or has axe findings', () => {
    expect(flaws).toEqual([])
  })

  test('has no complaints, and leaves nothing when it is closed', async () => {
    await stage.close()
    expect(stage.complaints()).toEqual([])
    expectNothingLeft(stage.where)
  })
})
