import { useMemo, useState, useSyncExternalStore } from 'react'
import type { Client } from '../../src/core/contract/client.ts'
import type { Follower } from '../../src/core/contract/follow.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { engineLog } from '../log-panel/source.ts'
import type { Actions } from './actions.ts'
import { useTheme } from './theme.ts'
import { Window } from './window.tsx'

interface AppProps {
  readonly client: Client
  readonly follower: Follower
}

/** The window over the engine: follows its state, and turns presses into requests. */
export function App({ client, follower }: AppProps) {
  const { engine, problem } = useSyncExternalStore(follower.subscribe, follower.get)
  const [refusal, setRefusal] = useState<AppError | null>(null)
  const [theme, setTheme] = useTheme()
  const actions = useMemo<Actions>(() => {
    const answerOf = async <T,>(answer: Promise<Result<T>>): Promise<T | null> => {
      setRefusal(null)
      const result = await answer
      if (result.ok) return result.value
      setRefusal(result.error)
      return null
    }
    const ask = (answer: Promise<Result<unknown>>): void => void answerOf(answer)
    return {
      profiles: {
        list: () => client.request('listProfiles', {}),
        read: (name) => client.request('readProfile', { name }),
        save: (profile) => client.request('saveProfile', profile),
        fill: (name, values) => client.request('fillProfile', { name, values }),
        check: (name) => client.request('checkProfile', { name }),
        use: (name) => client.request('useProfile', { name }),
      },
      connections: async () => {
        const answer = await client.request('getConnections', {})
        return answer.ok ? answer.value.measured : null
      },
      talks: {
        list: () => client.request('listTalks', {}),
        read: (name) => client.request('readTalk', { name }),
        save: (talk) => client.request('saveTalk', talk),
      },
      start: (scenario, pace = 'all') => ask(client.request('startRun', { scenario, pace })),
      continueRun: (runId, before, pace) => ask(client.request('continueRun', { runId, before, pace })),
      redo: (runId, step, pace) => ask(client.request('redoStep', { runId, step, pace })),
      dismiss: () => setRefusal(null),
      cancel: (runId) => ask(client.request('cancelRun', { runId })),
      answerLogin: (runId, persona, decision) => ask(client.request('answerLogin', { runId, persona, decision })),
      answerStep: (runId, step, answer) => ask(client.request('answerStep', { runId, step, answer })),
      useSandboxInstead: (runId) =>
        void answerOf(client.request('answerStep', { runId, step: 'consent', answer: 'no' })).then((said) =>
          said === null ? undefined : ask(client.request('useProfile', { name: sandboxProfile.name })),
        ),
      prepareAgain: () => ask(client.request('prepareAgain', {})),
      openLog: (runId, step) => void follower.openLog(runId, step),
      logOf: (runId, step) => engineLog(client, runId, step),
      reset: () => ask(client.request('reset', {})),
      resume: (runId) => ask(client.request('resumeRun', { runId })),
      cleanUp: () => ask(client.request('cleanUp', {})),
      getRecording: async (of) => (await answerOf(client.request('getRecording', { of })))?.text ?? null,
      save: async (what) => (await answerOf(client.request('save', { what })))?.path ?? null,
    }
  }, [client, follower])
  if (engine === null) {
    return (
      <main className="stage">
        <h1>{problem === null ? 'Asking the engine' : problem.what}</h1>
        {problem === null ? null : <ErrorBlock error={problem} />}
      </main>
    )
  }
  return <Window engine={engine} problem={refusal ?? problem} actions={actions} theme={theme} onTheme={setTheme} />
}
