import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Everything is a file of its own under app://, because the window's policy allows neither inline code nor data URLs.
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [react()],
  build: {
    outDir: here('../dist/renderer'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // It is read from this machine's disk; in kB.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: { index: here('index.html'), presenter: here('presenter.html') } },
    modulePreload: { polyfill: false },
    target: 'chrome130',
  },
})
