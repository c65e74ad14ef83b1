import { useEffect, useState } from 'react'
import { type Theme, themes } from './frame/header.tsx'

const key = 'look'

/** The chosen theme, stored for the next start; `system` follows the machine. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => themes.find((each) => each === localStorage.getItem(key)) ?? 'system')
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
      localStorage.setItem(key, next)
      setTheme(next)
    },
  ]
}
