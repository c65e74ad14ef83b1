import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import type { PresenterWindow } from '../../src/core/contract/presenting.ts'
import { PresenterPage } from './presenter-page.tsx'
import '../styles/fonts.css'
import '../styles/tokens.css'
import '../styles/base.css'

declare global {
  interface Window {
    /** What the presenter's preload exposes. */
    readonly presenter?: PresenterWindow
  }
}

const place = document.getElementById('root')
if (place === null) throw new Error('The page has no place for the presenter.')
const root = createRoot(place)
if (window.presenter === undefined) root.render(<p>This page is the presenter window of sigstore-attestor.</p>)
else
  root.render(
    <StrictMode>
      <PresenterPage window={window.presenter} />
    </StrictMode>,
  )
