import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from '../src/core/contract/client.ts'
import { follow } from '../src/core/contract/follow.ts'
import { App } from './app/app.tsx'
import { bridge } from './state/bridge.ts'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/depth.css'

const place = document.getElementById('root')
const transport = bridge()
if (place === null) throw new Error('The page has no place for the window.')
const root = createRoot(place)
if (transport === undefined) {
  root.render(<p>This page is the window of sigstore-attestor. Start it with: npm start</p>)
} else {
  const client = createClient(transport)
  root.render(
    <StrictMode>
      <App client={client} follower={follow(client)} />
    </StrictMode>,
  )
}
