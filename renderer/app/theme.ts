import { useEffect, useState } from 'react'
import { keepChoice, keptChoice } from '../state/kept-choice.ts'
import { type Theme, themes } from './frame/header.tsx'

const key = 'look'

/** The chosen theme, stored for the next start; `system` follows the machine. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => keptChoice(key, themes) ?? 'system')
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      document.documentElement.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
    }
    apply()
    dark.addEventListener('change', apply)
    return () => dark.removeEventListener('change', apply)
  }, [theme])
  return [
    theme,
    (next) => {
      keepChoice(key, next)
      setTheme(next)
    },
  ]
}
