import { useEffect } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { Footer } from '../app/frame/footer.tsx'
import { Problem } from '../app/problem.tsx'
import { Words } from '../app/words.tsx'
import { type Looking, nowhere } from '../state/looking.ts'
import { ProfileList } from './profile-list.tsx'
import { ProfileWriting } from './profile-writing.tsx'
import type { Profiles } from './use-profiles.ts'

interface ServicesProps {
  readonly engine: EngineState
  readonly profiles: Profiles
  readonly onLook: (looking: Looking) => void
}

/** The page of profiles: the environments, or one profile that is being written. */
export function Services({ engine, profiles, onLook }: ServicesProps) {
  return profiles.editing === null ? (
    <Choosing engine={engine} profiles={profiles} onLook={onLook} />
  ) : (
    <ProfileWriting editing={profiles.editing} profiles={profiles} />
  )
}

function Choosing({ engine, profiles, onLook }: ServicesProps) {
  const { runs, services, profile } = engine
  // biome-ignore lint/correctness/useExhaustiveDependencies: another profile in use is what it waits for
  useEffect(profiles.reload, [profile.name])
  const going = runs.some(({ finishedAt }) => finishedAt === null)
  const ends = going ? 'a run' : runs.length > 0 || services.length > 0 ? 'a session' : null
  const use = (name: string) => void profiles.use(name).then((used) => (used ? onLook(nowhere) : undefined))
  return (
    <>
      <main className="stage" id="stage">
        <Words
          headline="Choose an environment"
          why="A story needs a Sigstore, a login and a registry. Here they run on this machine; elsewhere they are there already."
        />
        <Problem problem={profiles.problem} />
        {profiles.list === null ? (
          <p className="quiet">Reading the profiles</p>
        ) : (
          <ProfileList
            profiles={profiles.list}
            used={profile.name}
            looked={profiles.looked}
            saved={profiles.saved}
            ends={ends}
            onUse={use}
            onCheck={profiles.check}
            onEdit={profiles.edit}
            onFill={profiles.fill}
          />
        )}
      </main>
      <Footer
        position="Services"
        step={null}
        move={{ label: 'Back to all scenarios' }}
        onMove={() => onLook(nowhere)}
        others={[{ label: 'Make a profile of your own', onPress: profiles.make }]}
      />
    </>
  )
}
