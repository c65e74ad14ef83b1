import { useTimes } from '../text/zone.tsx'
import { Value } from './value.tsx'

interface TimeValueProps {
  /** ISO 8601. */
  readonly time: string
  readonly label: string
  readonly copy?: boolean
}

/** A time with its day, shown in the chosen zone and copied as it was recorded. */
export function TimeValue({ time, label, copy = false }: TimeValueProps) {
  return <Value value={time} label={label} shown={useTimes().whole(time)} copy={copy} />
}
