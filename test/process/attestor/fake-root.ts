import { linkSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * What is mounted in a container besides its root, by path: its file system, and whether it is read-only; null for
 * none.
 */
export type Mounted = Readonly<Record<string, readonly [fileSystem: string, readOnly?: boolean] | null>>

const readOnly = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map((name) => [`/proc/${name}`, ['proc', true]] as const)
const masked = ['/proc/kcore', '/proc/keys', '/proc/sched_debug', '/proc/scsi', '/proc/timer_list', '/sys/firmware']
const usual: Mounted = {
  '/proc': ['proc'],
  '/dev': ['tmpfs'],
  '/etc/hosts': ['ext4'],
  ...Object.fromEntries(readOnly),
  ...Object.fromEntries(masked.map((path) => [path, ['tmpfs', true]])),
}

/**
 * The files of a container, as /proc and the layers show them: an image with a program, and nothing changed. Its
 * program has the same path inside and outside, because a link in a folder, unlike one of /proc, leads to a path.
 */
export class FakeRoot {
  /** The container's own files. */
  readonly upper: string
  /** The image's. */
  readonly lower: string
  readonly #folder: string
  readonly #root: string
  readonly #program: string

  constructor(folder: string) {
    this.#folder = folder
    this.#root = join(folder, 'rootfs')
    this.#program = join(this.#root, 'workload')
    this.upper = join(folder, 'layers', 'own', 'diff')
    this.lower = join(folder, 'layers', 'image', 'diff')
    for (const each of [this.upper, this.lower, join(this.#root, 'proc')]) mkdirSync(each, { recursive: true })
    writeFileSync(this.#program, 'program')
    const inside = join(this.#root, this.#program)
    mkdirSync(dirname(inside), { recursive: true })
    linkSync(this.#program, inside)
    writeFileSync(join(this.#root, 'other'), 'another program')
    this.image('/workload', 'program')
  }

  /** A file of the image, or a folder without text. */
  image(path: string, text?: string): void {
    put(join(this.lower, path), text)
    this.inside(path, text)
  }

  /** A file of the container's own, or a folder. */
  own(path: string, text?: string): void {
    put(join(this.upper, path), text)
    this.inside(path, text)
  }

  /** What the container sees at a path, of a mount for example. */
  inside(path: string, text?: string): void {
    if (path !== '/workload') put(join(this.#root, path), text)
  }

  /** No files of the container's own. */
  reset(): void {
    rmSync(this.upper, { recursive: true })
    mkdirSync(this.upper)
  }

  /** What /proc shows about a process besides its state: namespaces, root, program and capabilities. */
  process(folder: string, pid: number): void {
    mkdirSync(join(folder, 'ns'), { recursive: true })
    const user = readlinkSync('/proc/self/ns/user')
    for (const [name, target] of [
      ['ns/user', user],
      ['ns/mnt', 'mnt:[1]'],
      ['ns/pid', 'pid:[2]'],
      ['root', this.#root],
      ['exe', this.#program],
    ] as const) {
      this.link(folder, name, target)
    }
    writeFileSync(join(folder, 'status'), 'Name:\tworkload\nTracerPid:\t0\nCapBnd:\t00000000a80425fb\n')
    writeFileSync(join(folder, 'mountinfo'), this.mountinfo())
    writeFileSync(join(folder, 'maps'), `55d0-55d1 r-xp 00000000 fe:00 12 ${this.#program}\n`)
    writeFileSync(join(folder, 'uid_map'), readFileSync('/proc/self/uid_map'))
    // The container's own /proc shows it too, by its number there.
    this.seenInside(pid % 1000, join(folder, 'stat'), join(folder, 'cgroup'))
  }

  /** A process that the container's own /proc shows. */
  seenInside(pid: number, stat: string, cgroup: string): void {
    const inside = join(this.#root, 'proc', String(pid))
    mkdirSync(inside, { recursive: true })
    for (const file of [stat, cgroup]) {
      const place = join(inside, file.slice(file.lastIndexOf('/') + 1))
      rmSync(place, { force: true })
      linkSync(file, place)
    }
  }

  /** Another program than the image's. */
  get otherProgram(): string {
    return join(this.#root, 'other')
  }

  link(folder: string, name: string, target: string): void {
    rmSync(join(folder, name), { force: true })
    symlinkSync(target, join(folder, name))
  }

  mountinfo(more: Mounted = {}): string {
    const overlay = `lowerdir=${this.lower},upperdir=${this.upper},workdir=${join(this.#folder, 'work')}`
    const lines = Object.entries({ ...usual, ...more }).flatMap(([target, mounted], index) =>
      mounted === null
        ? []
        : [`${200 + index} 100 0:${index} / ${target} ${mounted[1] ? 'ro' : 'rw'},relatime - ${mounted[0]} none rw`],
    )
    return [`100 1 0:9 / / rw,relatime master:6 - overlay overlay rw,${overlay}`, ...lines, ''].join('\n')
  }
}

function put(place: string, text: string | undefined): void {
  mkdirSync(text === undefined ? place : dirname(place), { recursive: true })
  if (text !== undefined) writeFileSync(place, text)
}
