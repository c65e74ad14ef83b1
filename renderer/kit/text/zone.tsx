import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { keepChoice, keptChoice } from '../../state/kept-choice.ts'
import { type Times, timesIn, type Zone, zones } from './times.ts'

const key = 'times'

interface Zoned {
  readonly zone: Zone
  readonly times: Times
  readonly choose: (zone: Zone) => void
}

const ZoneContext = createContext<Zoned>({ zone: 'UTC', times: timesIn('UTC'), choose: () => undefined })

/** Holds the zone that times are shown in, and keeps the choice for the next start. */
export function ZonedTimes({ children }: { children: ReactNode }) {
  const [zone, setZone] = useState<Zone>(() => keptChoice(key, zones) ?? 'UTC')
  const zoned = useMemo<Zoned>(
    () => ({
      zone,
      times: timesIn(zone),
      choose: (next) => {
        keepChoice(key, next)
        setZone(next)
      },
    }),
    [zone],
  )
  return <ZoneContext value={zoned}>{children}</ZoneContext>
}

/** How times are shown in the chosen zone. */
export const useTimes = (): Times => useContext(ZoneContext).times

/** The chosen zone, and how to choose another. */
export function useZone(): readonly [Zone, (zone: Zone) => void] {
  const { zone, choose } = useContext(ZoneContext)
  return [zone, choose]
}
