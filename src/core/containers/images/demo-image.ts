import { randomUUID } from 'node:crypto'
import { labelKey, owner } from '../labels.ts'
import type { ImageContext } from './image.ts'

/** Where the folder with the Workload API socket is mounted in the demo container. */
export const socketMount = '/spire-agent'

/** The name of the socket in it. */
export const apiSocket = 'api.sock'

/** Where the demo image has its program. */
export const workloadPath = '/workload'

/** The user that the demo image runs as: arbitrary, and not root. */
const user = 65532

// What never changes comes first: the builder then takes it from its cache and makes one layer only.
const base = `FROM scratch
LABEL ${labelKey}="${owner()}"
ENV SPIFFE_ENDPOINT_SOCKET=unix://${socketMount}/${apiSocket}
USER ${user}:${user}
ENTRYPOINT ["${workloadPath}"]
COPY workload ${workloadPath}
`

/**
 * The demo image: the workload and a note with date and a random number, so that every build gives another digest.
 * Everything that the container needs is in the image itself: run as built, it needs no option but the socket's mount.
 */
export function demoImage(spec: {
  readonly workload: string
  readonly note: string
  readonly now: Date
}): ImageContext {
  const note = JSON.stringify({ note: spec.note, builtAt: spec.now.toISOString(), nonce: randomUUID() })
  return {
    dockerfile: `${base}COPY content.json /content.json\n`,
    files: [
      { name: 'workload', content: { path: spec.workload }, mode: 0o755 },
      { name: 'content.json', content: Buffer.from(`${note}\n`), mode: 0o644 },
    ],
  }
}

/** The same program, started so that it only waits: for the probe of the engine. */
export function idleImage(workload: string): ImageContext {
  return {
    dockerfile: `${base}ENTRYPOINT ["${workloadPath}", "-idle"]\n`,
    files: [{ name: 'workload', content: { path: workload }, mode: 0o755 }],
  }
}
