import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { empty, textOfDraft } from '../../../renderer/profiles/form-fields.ts'
import { consent } from '../../../src/core/steps/consent/run.ts'
import { passed, type StepRun } from '../../../src/core/steps/step.ts'
import { type StepId, stepIds } from '../../../src/core/workflow/steps.ts'
import { HostStage, until } from './scripted-host.ts'

const stage = new HostStage()
const shipped = fileURLToPath(new URL('../../../assets/profiles', import.meta.url))

/** The steps that have run, in order; consent is the real one. */
async function begin(): Promise<{ readonly ran: StepId[] }> {
  const ran: StepId[] = []
  await cp(shipped, join(stage.machine.options.assets, 'profiles'), { recursive: true })
  const noting =
    (id: StepId): StepRun =>
    async (context) => {
      ran.push(id)
      return id === 'consent'
        ? consent(context)
        : id === 'push'
          ? passed({ kind: 'pushed-image' } as never)
          : passed({ kind: 'built-image' } as never)
    }
  await stage.begin(Object.fromEntries((['build', 'consent', 'push'] as const).map((id) => [id, noting(id)])))
  return { ran }
}

const listed = async (name: string) => {
  const answer = await stage.front.ask('listProfiles', {})
  return answer.ok ? answer.value.profiles.find((each) => each.name === name) : undefined
}
const values = { DOCKER_USER: 'ada', SIGSTORE_SUBJECT: 'ada@acme.example' }

async function usePublic(): Promise<void> {
  const { front } = stage
  expect((await listed('public'))?.problem?.code).toBe('config.profile-unset')
  expect(await front.ask('useProfile', { name: 'public' })).toMatchObject({ error: { code: 'config.profile-unset' } })
  expect(await front.ask('fillProfile', { name: 'public', values })).toMatchObject({ ok: true })
  expect(await listed('public')).toMatchObject({
    problem: null,
    asks: Object.entries({ ...values, SIGSTORE_PROVIDER: 'github' }).map(([name, value]) => ({ name, value })),
  })
  expect(await front.ask('useProfile', { name: 'public' })).toMatchObject({ ok: true })
  await until(() => front.engine?.profile.name, 'public')
  await front.ready()
}

it('is chosen and filled in; a refusal to publish ends the run, and nothing after it has run', async () => {
  const { ran } = await begin()
  const { front } = stage
  await usePublic()
  const runId = await front.start('signed')
  await until(() => front.step(runId, 'consent'), 'waiting')
  expect(await front.ask('answerStep', { runId, step: 'sign', answer: 'yes' })).toMatchObject({
    error: { code: 'run.not-waiting' },
  })
  await front.ask('answerStep', { runId, step: 'consent', answer: 'no' })
  await front.ended(runId, 'cancelled')
  expect(ran).toEqual(['build', 'consent'])
  const after = stepIds.slice(stepIds.indexOf('consent') + 1)
  const states = front
    .run(runId)
    ?.steps.filter(({ id }) => after.includes(id))
    .map(({ startedAt }) => startedAt)
  expect(states?.every((startedAt) => startedAt === null)).toBe(true)
})

it('continues after a yes, and is replaced by the sandbox while it waits', async () => {
  const { ran } = await begin()
  const { front } = stage
  await usePublic()
  const runId = await front.start('signed')
  await until(() => front.step(runId, 'consent'), 'waiting')
  await front.ask('answerStep', { runId, step: 'consent', answer: 'yes' })
  await front.ended(runId, 'svid')
  expect(ran).toEqual(['build', 'consent', 'push'])
  const second = await front.start('signed')
  await until(() => front.step(second, 'consent'), 'waiting')
  expect(await front.ask('useProfile', { name: 'sandbox' })).toMatchObject({ ok: true })
  await until(() => front.engine?.profile.kind, 'sandbox')
  await front.ready()
  expect(front.engine?.runs).toEqual([])
  expect(ran).toEqual(['build', 'consent', 'push', 'build', 'consent'])
})

it('is created by the form: saved, checked and used; a broken file is shown, and hides none of the others', async () => {
  await begin()
  const { front } = stage
  const folder = join(stage.folders.config, 'profiles')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'broken.json'), '{ "kind": "services", "tilte": "Broken" }')
  // Nothing listens on port 1.
  const nobody = 'http://127.0.0.1:1'
  const draft = {
    ...empty,
    title: 'Acme',
    fulcio: nobody,
    rekor: nobody,
    timestampAuthority: nobody,
    rootFile: '/nowhere/trusted_root.json',
    issuer: nobody,
    signerIssuer: nobody,
    subject: 'ada@acme.example',
    host: '127.0.0.1:1',
    repository: 'team/hello',
    plainHttp: 'yes',
  }
  const profile = { name: 'acme', text: textOfDraft(draft), replace: false }
  expect(await front.ask('saveProfile', { ...profile, text: textOfDraft({ ...draft, issuer: '' }) })).toMatchObject({
    error: { code: 'config.profile', found: expect.stringContaining('issuer: ') },
  })
  expect(await front.ask('saveProfile', { ...profile, name: 'public' })).toMatchObject({
    error: { code: 'config.profile-taken' },
  })
  expect(await front.ask('saveProfile', profile)).toMatchObject({ ok: true })
  expect(await readFile(join(folder, 'acme.json'), 'utf8')).toBe(profile.text)
  expect(await front.ask('saveProfile', profile)).toMatchObject({ error: { code: 'config.profile-taken' } })
  expect(await listed('broken')).toMatchObject({ profile: null, problem: { found: expect.stringContaining('tilte') } })
  expect(await listed('acme')).toMatchObject({ ships: false, problem: null, profile: { title: 'Acme' } })
  const looked = await front.ask('checkProfile', { name: 'acme' })
  const verdicts = looked.ok ? looked.value.checks.map(({ id, verdict }) => `${id} ${verdict}`) : []
  expect(verdicts).toContain('trusted root failed')
  expect(verdicts.filter((text) => text.endsWith(' passed'))).toEqual(['spire passed'])
  expect(await front.ask('useProfile', { name: 'acme' })).toMatchObject({ ok: true })
  await until(() => front.engine?.profile, {
    name: 'acme',
    title: 'Acme',
    kind: 'services',
    public: false,
    spire: 'ours',
  })
  await front.ready()
})
