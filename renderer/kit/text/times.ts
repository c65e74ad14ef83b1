/** The zones that times can be shown in: UTC, as in certificates and logs, or the one of this machine. */
export const zones = ['UTC', 'local'] as const
export type Zone = (typeof zones)[number]

/** How ISO 8601 times are shown in one zone. A text that is no time is shown as it is. */
export interface Times {
  /** `20:34:00`, where the zone is named beside it. */
  readonly hours: (iso: string) => string
  /** `UTC`, or `UTC+2` for a time in summer. */
  readonly zone: (iso: string) => string
  /** `20:34:00 UTC`. */
  readonly timeOfDay: (iso: string) => string
  /** `20:34:00 to 20:44:00 UTC`. */
  readonly timeSpan: (from: string, to: string) => string
  /** `21 Nov 2026`. */
  readonly day: (iso: string) => string
  /** Day, time and zone: the text itself in UTC, else `2026-11-21T22:34:00+02:00`. */
  readonly whole: (iso: string) => string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** How times are shown in this zone. */
export function timesIn(zone: Zone): Times {
  const moved = zone === 'UTC' ? asItIs : movedToLocal
  const hours = (iso: string): string => /T(\d\d:\d\d:\d\d)/.exec(moved(iso).text)?.[1] ?? iso
  const zoneOf = (iso: string): string => moved(iso).zone
  const timeOfDay = (iso: string): string => (iso === '' ? '' : `${hours(iso)} ${zoneOf(iso)}`)
  return {
    hours,
    zone: zoneOf,
    timeOfDay,
    timeSpan: (from, to) => `${zoneOf(from) === zoneOf(to) ? hours(from) : timeOfDay(from)} to ${timeOfDay(to)}`,
    day: (iso) => {
      const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)/.exec(moved(iso).text) ?? []
      return year === undefined ? iso : `${Number(date)} ${months[Number(month) - 1]} ${year}`
    },
    whole: (iso) => moved(iso).text,
  }
}

/** A time written with the date and hour of a zone, and the name of that zone. */
interface Moved {
  readonly text: string
  readonly zone: string
}

const asItIs = (iso: string): Moved => ({ text: iso, zone: 'UTC' })

function movedToLocal(iso: string): Moved {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return asItIs(iso)
  // Minutes west of UTC at that time, with summer time.
  const east = -at.getTimezoneOffset()
  const fraction = /\.\d+(?=Z$)/.exec(iso)?.[0] ?? ''
  const moved = new Date(at.getTime() + east * 60_000).toISOString()
  // Such a text has years of four digits only.
  if (!/^\d{4}-/.test(moved)) return asItIs(iso)
  const there = moved.slice(0, 19) + fraction
  const [hour, minute] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60].map((part) => String(part))
  const sign = east < 0 ? '-' : '+'
  return {
    text: east === 0 ? `${there}Z` : `${there}${sign}${hour?.padStart(2, '0')}:${minute?.padStart(2, '0')}`,
    zone: east === 0 ? 'UTC' : `UTC${sign}${hour}${minute === '0' ? '' : `:${minute?.padStart(2, '0')}`}`,
  }
}
