import { useEffect, useState } from 'react'
import type { Actions } from '../app/actions.ts'
import { visible } from '../kit/text/text.ts'
import './outside.css'

type Measured = Awaited<ReturnType<Actions['connections']>>
const pollMs = 2_000

/** How many connections to other machines were seen, how that was measured, and the list behind it. */
export function Outside({ connections }: { readonly connections: Actions['connections'] }) {
  const [measured, setMeasured] = useState<Measured>(null)
  useEffect(() => {
    const look = () => void connections().then(setMeasured)
    look()
    const timer = setInterval(look, pollMs)
    return () => clearInterval(timer)
  }, [connections])
  if (measured === null || measured.samples === 0) return null
  const { samples, everyMs, processes, unread, inside, outside } = measured
  return (
    <details className="outside" data-any={outside.length > 0}>
      <summary>
        {outside.length === 0
          ? `No connection to another machine seen in ${samples} samples`
          : `Connections to other machines: ${outside.length}`}
        {unread === 0 ? '' : `; ${unread} processes could not be checked`}
      </summary>
      <p>
        Counted from the sockets of this program, its services, its engine and their containers: {processes} processes
        with {inside} sockets to a peer on this machine now. Looked at every {everyMs} ms since the first run; a shorter
        connection can be missed.
      </p>
      {outside.length === 0 ? null : (
        <ul>
          {outside.map(({ program, address, port, seenAt }) => (
            <li key={`${program} ${address} ${port}`} className="mono">
              {visible(`${program} → ${address}:${port}, ${seenAt}`)}
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}
