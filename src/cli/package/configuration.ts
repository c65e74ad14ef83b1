import { join } from 'node:path'
import type { Configuration } from 'electron-builder'

/** What is packaged, and from where. All paths are absolute. */
export interface Parts {
  readonly version: string
  /** The folder of an unpacked Electron, and its version. */
  readonly electron: { readonly folder: string; readonly version: string }
  /** What becomes app.asar: a package.json, main, preload and page. It has no node_modules: everything is bundled. */
  readonly app: string
  /** The bundles that other programs start, and the recipes they are built from: real files beside the archive. */
  readonly dist: string
  readonly assets: string
  /** The Node under which the attestor and the issuers run. */
  readonly node: string
  /** The folder with our licence and package-lock.json. */
  readonly root: string
  readonly output: string
}

/** The name of the program and of its executable. */
export const programName = 'sigstore-attestor'

/**
 * The configuration of electron-builder. Nothing here makes it fetch anything but the two installers' own tools:
 * Electron comes unpacked, there is no module to compile, nothing is published.
 */
export const configuration = (parts: Parts): Configuration => ({
  appId: 'sigstore-attestor',
  productName: programName,
  directories: { app: parts.app, output: parts.output },
  electronDist: parts.electron.folder,
  electronVersion: parts.electron.version,
  electronLanguages: ['en-US'],
  // No npm package is included: what our programs need of them is bundled already.
  beforeBuild: () => Promise.resolve(false),
  publish: null,
  asar: true,
  files: ['**/*'],
  extraResources: [
    { from: parts.dist, to: 'programs', filter: ['attestor-plugin.cjs', 'oidc-issuer.mjs', 'opener/xdg-open'] },
    { from: parts.node, to: 'programs/bin/node' },
    // The list of runtimes is for development: the package contains its own.
    { from: parts.assets, to: 'assets', filter: ['**/*', '!electron.lock.json'] },
  ],
  extraFiles: [{ from: join(parts.root, 'LICENSE'), to: 'LICENSE' }],
  linux: {
    executableName: programName,
    category: 'Development',
    synopsis: 'See keyless signing and workload identity work',
    // The project has no home page yet; a .deb must name one.
    maintainer: 'The sigstore-attestor maintainers <maintainers@sigstore-attestor.example>',
  },
  // The older AppImage runtime would start Chromium without its sandbox.
  toolsets: { appimage: '1.0.3' },
})

/** The package.json of the app inside the archive. */
export const appManifest = (version: string): Record<string, unknown> => ({
  name: programName,
  version,
  description: 'Keyless signing and workload identity at work, with the real tools.',
  license: 'Apache-2.0',
  author: 'The sigstore-attestor maintainers',
  homepage: 'https://sigstore-attestor.example/',
  main: 'dist/electron/main.cjs',
})
