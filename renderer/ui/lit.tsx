import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'

interface Lit {
  readonly value: string | null
  readonly toggle: (value: string) => void
}

const LitContext = createContext<Lit>({ value: null, toggle: () => undefined })

/** Remembers which value is lit up, so that it lights up wherever it occurs. */
export function LitValues({ children }: { children: ReactNode }) {
  const [value, setValue] = useState<string | null>(null)
  const lit = useMemo<Lit>(
    () => ({ value, toggle: (next) => setValue((current) => (current === next ? null : next)) }),
    [value],
  )
  return <LitContext value={lit}>{children}</LitContext>
}

/** Whether this value is lit, and how to light it or let it go. */
export function useLit(value: string): { readonly isLit: boolean; readonly toggle: () => void } {
  const lit = useContext(LitContext)
  return { isLit: lit.value === value, toggle: () => lit.toggle(value) }
}
