import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { root } from '../integration/harness/session.ts'
import type { KubeObject } from './cluster/api.ts'

/** A manifest's text with the reader's own values, each of which has to be in it. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  let done = text
  for (const [example, value] of Object.entries(values)) {
    if (!done.includes(example)) throw new Error(`${example} is not in the manifest`)
    done = done.replaceAll(example, value)
  }
  return done
}

/** The objects in a manifest. */
export const objectsOf = (text: string): readonly KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors
    if (problem !== undefined) throw problem
    const object = document.toJS() as KubeObject | null
    return object === null ? [] : [object]
  })

/** A file of deploy/kubernetes. */
export const manifest = (name: string): string => readFileSync(join(root, 'deploy', 'kubernetes', name), 'utf8')

interface DaemonSet {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly volumes: readonly { readonly name: string; readonly hostPath?: { path: string } }[]
        readonly containers: readonly {
          readonly volumeMounts: readonly { readonly name: string; mountPath: string }[]
        }[]
      }
    }
  }
}

/** The same DaemonSet with folders of the test in place of folders of the node; each has to be one that it mounts. */
export function withFolders(daemonSet: KubeObject, folders: Readonly<Record<string, string>>): KubeObject {
  const copy = structuredClone(daemonSet)
  const { volumes, containers } = (copy as unknown as DaemonSet).spec.template.spec
  for (const [usual, own] of Object.entries(folders)) {
    const found = volumes.find(({ hostPath }) => hostPath?.path === usual)
    if (found?.hostPath === undefined) throw new Error(`the DaemonSet does not mount ${usual}`)
    found.hostPath.path = own
    if (found.name !== 'layers') continue
    for (const mount of containers.flatMap(({ volumeMounts }) => volumeMounts))
      if (mount.name === found.name) mount.mountPath = own
  }
  return copy
}
