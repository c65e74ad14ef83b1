import { useEffect, useRef } from 'react'
import type { ListedTalk } from '../../src/core/contract/talks.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { Footer } from '../app/frame/footer.tsx'
import { Problem } from '../app/problem.tsx'
import { Words } from '../app/words.tsx'
import { Button } from '../kit/controls/button.tsx'
import { FileInput } from '../kit/controls/file-input.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { Foreign } from '../kit/text/foreign.tsx'
import { TalkWriting } from './talk-writing.tsx'
import type { GivenTalk } from './use-talk.ts'
import type { Talks } from './use-talks.ts'
import './talks.css'

interface TalksPageProps {
  readonly talks: Talks
  readonly talk: GivenTalk
  /** Whether runs can be started now. */
  readonly ready: boolean
  /** Why a talk could not be begun. */
  readonly problem: AppError | null
  readonly onHome: () => void
}

/** Give a talk: which one, live or from recordings. Or change one. */
export function TalksPage(props: TalksPageProps) {
  const { talks } = props
  return talks.editing === null ? <Choosing {...props} /> : <TalkWriting editing={talks.editing} talks={talks} />
}

function Choosing({ talks, talk, ready, problem, onHome }: TalksPageProps) {
  const { reload } = talks
  const file = useRef<HTMLInputElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(reload, [])
  return (
    <>
      <main className="stage" id="stage">
        <Words
          headline="Give a talk"
          why="A second window shows your notes, the clock, and what the next press does. Nothing outside the program happens without a second press."
        />
        <Problem problem={problem ?? talks.problem} />
        <p role="status" className="talks-saved">
          {talks.saved === null ? '' : `Saved: ${talks.saved}`}
        </p>
        {talks.listed === null ? <p className="quiet">Reading the talks</p> : null}
        <ul className="talks">
          {talks.listed?.talks.map((listed) => (
            <TalkRow key={listed.name} listed={listed} talks={talks} talk={talk} ready={ready} />
          ))}
        </ul>
        <section className="talks-share">
          <h2>Before you begin</h2>
          <p>
            Sharing your screen? Share one window, the one with the title of the talk. This system cannot leave the
            presenter window out of a shared screen.
          </p>
          <p>
            Own talks lie in{' '}
            {talks.listed === null ? (
              ''
            ) : (
              <span className="mono">
                <Foreign text={talks.listed.folder} />
              </span>
            )}
            .
          </p>
          <Ignored files={talks.listed?.ignored ?? []} />
        </section>
        <FileInput input={file} label="A file with a talk" accept=".json" onChoose={talks.open} />
      </main>
      <Footer
        position="Talks"
        step={null}
        move={{ label: 'Back to all scenarios' }}
        onMove={onHome}
        others={[
          { label: 'Open a talk…', onPress: () => file.current?.click() },
          { label: 'Write a talk', onPress: talks.make },
        ]}
      />
    </>
  )
}

/** Files that lie there and are in no list. */
function Ignored({ files }: { files: readonly string[] }) {
  if (files.length === 0) return null
  return (
    <p>
      Not listed: <Foreign text={files.join(', ')} />. A file is called by small letters, digits and hyphens, ends with
      .json, and has no shipped talk’s name.
    </p>
  )
}

/** Whether a live talk has its net. */
function rehearsal({ unrehearsed }: ListedTalk): string {
  const missing = unrehearsed.map((scenario) => scenarios[scenario].title)
  return missing.length === 0 ? 'rehearsed on this machine' : `not rehearsed on this machine: ${missing.join(', ')}`
}

interface TalkRowProps {
  readonly listed: ListedTalk
  readonly talks: Talks
  readonly talk: GivenTalk
  readonly ready: boolean
}

function TalkRow({ listed, talks, talk, ready }: TalkRowProps) {
  const { name, title, minutes, stops, ships, problem } = listed
  return (
    <li className="talk-row">
      <div className="talk-about">
        <h2>
          <Foreign text={title ?? name} />
        </h2>
        {problem === null ? (
          <p className="quiet">
            {minutes} minutes, {stops} stops{ships ? '' : ', yours'}, {rehearsal(listed)}
          </p>
        ) : (
          <ErrorBlock error={problem} />
        )}
      </div>
      {problem === null ? (
        <div className="talk-buttons">
          {talk.possible ? (
            <>
              <Button onPress={() => talk.begin(name, 'replay')}>
                From recordings<span className="hidden">: {title}</span>
              </Button>
              {ready ? (
                <Button onPress={() => talk.begin(name, 'live')}>
                  Live<span className="hidden">: {title}</span>
                </Button>
              ) : null}
              {ready ? (
                <Button onPress={() => talk.begin(name, 'rehearse')}>
                  Rehearse<span className="hidden">: {title}</span>
                </Button>
              ) : null}
            </>
          ) : (
            <p className="quiet">Talks are given in the desktop window.</p>
          )}
          <button type="button" className="link" onClick={() => talks.edit(name, ships)}>
            {ships ? 'Copy and change' : 'Change'}
            <span className="hidden">: {title}</span>
          </button>
        </div>
      ) : null}
    </li>
  )
}
