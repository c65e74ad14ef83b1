import { expect, it } from 'vitest'
import { noUserNamespaces } from '../../../src/core/machine/user-namespaces.ts'

const appArmor = { name: 'kernel.apparmor_restrict_unprivileged_userns', allows: '0' }
const limit = { name: 'user.max_user_namespaces', allows: '15000' }
const said = 'unshare: write failed /proc/self/uid_map: Operation not permitted'

it.each([
  [
    'AppArmor forbids them to programs without a profile: a profile for this one',
    [appArmor],
    '/opt/el ectron/electron',
    /the \.deb .*AppArmor profile, or .*"\/opt\/el ectron\/electron" flags=\(unconfined\) \{ userns, \}.*apparmor_parser -r .*Or allow .*sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
  ],
  ['AppArmor, before the program is there: the package brings one', [appArmor], undefined, /^Install the \.deb/],
  ['a limit', [limit], '/opt/electron', /^Allow them: sudo sysctl -w user\.max_user_namespaces=15000/],
  [
    'both: a profile alone does not help',
    [appArmor, limit],
    '/opt/electron',
    /^Allow them: sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0 user\.max_user_namespaces=15000/,
  ],
  ['a filter of system calls', [], '/opt/electron', /^Allow the system call unshare .*seccomp/],
] as const)('user namespaces are forbidden by %s', (_, closed, executable, fix) => {
  const error = noUserNamespaces({ said, closed, executable })
  expect(error).toMatchObject({ code: 'machine.no-user-namespaces', found: expect.stringContaining(said) })
  expect(error.remedy).toMatch(fix)
  expect(error.remedy).toContain('npm run story')
  expect(error.remedy).not.toContain('no-sandbox')
})
