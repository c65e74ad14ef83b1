import { describe, expect, it } from 'vitest'
import { containerOf, parseCgroup, strayLine } from '../../../src/core/attestor/processes/cgroup.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const c = 'c'.repeat(64)
const idOf = (text: string): string => {
  const found = containerOf(parseCgroup(text))
  return found.kind === 'one' ? found.id : found.kind
}
const stray = (id: string, process: string, init: string): string | undefined => {
  const found = containerOf(parseCgroup(process))
  if (found.kind !== 'one' || found.id !== id) throw new Error('the test names another container')
  return strayLine(found.lines, parseCgroup(init))?.path
}

describe('the container in /proc/<pid>/cgroup', () => {
  it.each([
    ['v2, systemd', `0::/system.slice/docker-${a}.scope\n`, a],
    ['v2, cgroupfs', `0::/docker/${a}\n`, a],
    [
      'v1 and no v2, Podman with systemd',
      `2:hugetlb:/machine.slice/libpod-${a}.scope\n1:name=systemd:/machine.slice/libpod-${a}.scope\n`,
      a,
    ],
    ['v2, Podman', `0::/machine.slice/libpod-${a}.scope/container\n`, a],
    ['v2, seen from another container', `0::/../${a}\n`, a],
    ['v1', `12:memory:/docker/${a}\n11:cpu,cpuacct:/docker/${a}\n1:name=systemd:/docker/${a}\n`, a],
    ['hybrid, lines without an id before and after', `9:name=systemd:/\n4:memory:/docker/${a}\n0::/\n`, a],
    ['an id below an id: the innermost', `0::/docker/${a}/docker/${b}\n`, b],
    ['the host', '12:memory:/\n0::/user.slice/user-1000.slice\n', 'none'],
    ['32 hex characters', `4:memory:/some-service/${'c'.repeat(32)}\n`, 'none'],
    ['65 hex characters', `0::/docker/${a}a\n`, 'none'],
    ['upper case', `0::/docker/${'A'.repeat(64)}\n`, 'none'],
    ['two containers', `2:cpu:/docker/${a}\n1:memory:/docker/${b}\n`, 'several'],
    [
      'an id below another, in some hierarchies only (Docker in Docker, kind)',
      `4:memory:/docker/${a}/docker/${b}\n2:cpu:/docker/${a}\n1:name=systemd:/docker/${a}/docker/${b}\n0::/docker/${a}\n`,
      b,
    ],
    [
      'an id below another in kind, of a pod',
      `4:memory:/docker/${a}/kubelet/kubepods/besteffort/podx/${b}\n0::/docker/${a}/system.slice\n`,
      b,
    ],
    ['three levels', `2:cpu:/${a}/${b}/${c}\n1:memory:/${a}\n0::/${a}/${b}\n`, c],
    ['an id below one of two others', `2:cpu:/${a}/${b}\n1:memory:/${a}\n0::/${c}\n`, 'several'],
    ['each below the other', `2:cpu:/${a}/${b}\n1:memory:/${b}/${a}\n`, 'several'],
    ['two below one', `3:cpu:/${a}/${b}\n2:memory:/${a}/${c}\n0::/${a}\n`, 'several'],
    ['an empty file', '', 'none'],
    ['lines of another form', `docker/${a}\n::\nx:y:/docker/${a}\n`, 'none'],
    ['colons in the path', `0::/odd:name/docker-${a}.scope\n`, a],
  ])('%s', (_, text, expected) => {
    expect(idOf(text)).toBe(expected)
  })
})

describe('living in a container', () => {
  const own = `0::/system.slice/docker-${a}.scope\n`

  it('means being in its first process\u2019s cgroup, or below', () => {
    expect(stray(a, own, own)).toBeUndefined()
    expect(stray(a, `0::/system.slice/docker-${a}.scope/app/worker\n`, own)).toBeUndefined()
    expect(stray(a, `0::/docker/${a}\n`, `0::/docker/${a}/init.scope\n`)).toBeUndefined()
  })

  it('does not mean being in a cgroup of its name elsewhere', () => {
    const forged = `0::/user.slice/user-1000.slice/docker-${a}.scope\n`
    expect(stray(a, forged, own)).toContain('user.slice')
  })

  it('does not mean being in a neighbour with the same prefix', () => {
    expect(stray(a, `0::/docker/${a}-x\n`, `0::/docker/${a}\n`)).toBe(`/docker/${a}-x`)
  })

  it('does not mean naming another container from inside one\u2019s own', () => {
    expect(stray(b, `0::/docker/${a}/${b}\n`, `0::/docker/${b}\n`)).toBe(`/docker/${a}/${b}`)
  })

  const nested = `2:cpu:/docker/${a}/docker/${b}\n0::/docker/${a}\n`

  it('in a container means being in the outer one\u2019s cgroup too, where that is all a line names', () => {
    expect(stray(b, nested, nested)).toBeUndefined()
    expect(stray(b, `2:cpu:/docker/${a}/docker/${b}/app\n0::/docker/${a}/x\n`, nested)).toBeUndefined()
    expect(stray(b, `2:cpu:/docker/${a}/docker/${b}\n0::/mine/${a}\n`, nested)).toBe(`/mine/${a}`)
    expect(stray(b, nested, `2:cpu:/docker/${a}/docker/${b}\n0::/docker/${c}\n`)).toBe(`/docker/${a}`)
  })

  it('does not mean naming another container below one\u2019s own in a single hierarchy', () => {
    expect(stray(b, nested, `2:cpu:/docker/${b}\n0::/docker/${b}\n`)).toBe(`/docker/${a}/docker/${b}`)
  })

  it('must hold in every hierarchy that names it', () => {
    const process = `2:cpu:/docker/${a}\n1:memory:/mine/${a}\n`
    expect(stray(a, process, `2:cpu:/docker/${a}\n1:memory:/docker/${a}\n`)).toBe(`/mine/${a}`)
    expect(stray(a, process, `2:cpu:/docker/${a}\n`)).toBe(`/mine/${a}`)
  })
})
