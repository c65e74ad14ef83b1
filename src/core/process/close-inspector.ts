// The first import of every program of ours. What the process was given for Node does not count for us or our children.
// No import here: the opener can have none (see there).

// With a listener Node no longer opens its inspector on this signal. It means nothing to us.
process.on('SIGUSR1', () => undefined)

// Electron is left out: its inspector opens by its command line alone, which is how the tests speak to it.
if (process.versions['electron'] === undefined) process.getBuiltinModule('node:inspector').close()
if (process.env['NODE_V8_COVERAGE'] !== undefined) process.getBuiltinModule('node:v8').stopCoverage()

for (const name of Object.keys(process.env)) {
  // Additional CAs are documented for operators. Everything else would change how Node runs, down to
  // NODE_TLS_REJECT_UNAUTHORIZED.
  if (name.startsWith('NODE_') && name !== 'NODE_EXTRA_CA_CERTS') delete process.env[name]
}
