import { useEffect, useState } from 'react'

/** The time in milliseconds, moving while something runs; or the fixed one. Each tick draws the whole window again. */
export function useNow(fixed: number | undefined, moving: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (fixed !== undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), moving ? 500 : 1_000)
    return () => clearInterval(timer)
  }, [fixed, moving])
  return fixed ?? now
}
