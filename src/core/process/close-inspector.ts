// The first import of every program of ours. Node options of the environment do not apply to us or our children. No
// import here: the opener can have none (see there).

// With a listener Node does not open its inspector on this signal. It has no other meaning here.
process.on('SIGUSR1', () => undefined)

// Electron is left out: its inspector opens by its command line alone, which is how the tests control it.
if (process.versions['electron'] === undefined) process.getBuiltinModule('node:inspector').close()
if (process.env['NODE_V8_COVERAGE'] !== undefined) process.getBuiltinModule('node:v8').stopCoverage()

for (const name of Object.keys(process.env)) {
  // Additional CAs are documented for operators. Everything else would change how Node runs, down to
  // NODE_TLS_REJECT_UNAUTHORIZED.
  if (name.startsWith('NODE_') && name !== 'NODE_EXTRA_CA_CERTS') delete process.env[name]
}
