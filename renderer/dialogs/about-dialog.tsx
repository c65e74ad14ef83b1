import { type RefObject, useEffect, useRef } from 'react'
import type { About } from '../../src/core/contract/changes.ts'
import type { Profile } from '../../src/core/workflow/profile.ts'
import { Button } from '../kit/controls/button.tsx'
import { CopyButton } from '../kit/controls/copy-button.tsx'
import { Fact, Facts } from '../kit/facts/facts.tsx'
import { visible } from '../kit/text/text.ts'
import { profileMeans } from '../profiles/meaning.ts'
import './about-dialog.css'

interface AboutProps {
  readonly about: About
  readonly profile: Profile
}

/** The button that opens the panel; F1 does as well, and the menu's Help → About presses F1. */
export function AboutButton({ about, profile }: AboutProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F1' || event.defaultPrevented || dialog.current?.open === true) return
      event.preventDefault()
      show(dialog.current)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <button type="button" className="about-open" aria-haspopup="dialog" onClick={() => show(dialog.current)}>
        About
      </button>
      <AboutDialog about={about} profile={profile} dialog={dialog} />
    </>
  )
}

/** Modal, and read from its title on: the focus does not start on a button. */
function show(dialog: HTMLDialogElement | null): void {
  dialog?.showModal()
  dialog?.querySelector('h2')?.focus()
}

/** What this program is, what it runs on, and where its folders are. Escape closes it, and focus returns. */
function AboutDialog({
  about,
  profile,
  dialog,
}: AboutProps & { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  const { version, runTime, places } = about
  return (
    <dialog ref={dialog} className="about" aria-labelledby="about-title">
      <h2 id="about-title" className="about-title" tabIndex={-1}>
        sigstore-attestor <span className="mono">{visible(version)}</span>
      </h2>
      <Facts>
        <Fact name="profile" note={profileMeans(profile)}>
          {visible(profile.name)}
        </Fact>
        {runTime === null ? null : (
          <>
            <Fact name="run-time" {...(runTime.forDevelopment ? { note: 'not the one that is shipped' } : {})}>
              {visible(runTime.name)} <span className="mono">{visible(runTime.version)}</span>
              {runTime.forDevelopment ? <strong className="about-caution">for development</strong> : null}
            </Fact>
            <Fact
              name="Chromium’s sandbox"
              note={runTime.sandboxed ? 'around every page' : 'it cannot work for root; start as an ordinary user'}
            >
              {runTime.sandboxed ? 'on' : <strong className="about-caution">off</strong>}
            </Fact>
          </>
        )}
        {places === undefined ? null : (
          <>
            <Place name="runs, keys, logs" path={places.state} />
            <Place name="programs" path={places.cache} />
          </>
        )}
        <Fact name="licence">Apache-2.0</Fact>
      </Facts>
      <div className="about-buttons">
        <Button primary onPress={() => dialog.current?.close()}>
          Close
        </Button>
      </div>
    </dialog>
  )
}

function Place({ name, path }: { name: string; path: string }) {
  return (
    <Fact name={name}>
      <span className="mono about-path">{visible(path)}</span> <CopyButton text={path} what={`where ${name} lie`} />
    </Fact>
  )
}
