import { Ask } from '../kit/controls/ask.tsx'

/** Offers a reset, and first says what is removed and what stays. */
export function Reset({ onReset }: { onReset: () => void }) {
  return (
    <Ask label="Reset" choices={[{ label: 'Reset now', onPress: onReset }]}>
      <dl className="goes">
        <dt>goes</dt>
        <dd>
          what is running, the runs in this window, the services and containers of this session, and SPIRE with its keys
          and entries
        </dd>
        <dt>stays</dt>
        <dd>
          the keys and logs of the private Sigstore, the images in its registry, the programs, and each run’s event log
          on disk
        </dd>
      </dl>
    </Ask>
  )
}
