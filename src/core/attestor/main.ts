import '../process/close-inspector.ts'
import '../process/umask.ts'
import { type Command, readCommand, usage } from './command/arguments.ts'
import { checkConfig } from './command/check-config.ts'
import { explain, explainText } from './command/explain.ts'
import { health, healthText } from './command/health.ts'
import { errorText, plain } from './command/text.ts'
import { verifyBundleCommand } from './command/verify-bundle.ts'
import { log } from './plugin/go-plugin/hclog.ts'
import { magicCookie, startedByHost } from './plugin/go-plugin/server.ts'
import { servePlugin } from './plugin/serve-plugin.ts'

/** Set by the build. */
declare const __VERSION__: string

/** How a command ended, and its output. */
interface Answer {
  readonly code: 0 | 1 | 2 | 3
  readonly out?: string
  readonly error?: string
}

async function answer(command: Exclude<Command, { name: 'plugin' }>): Promise<Answer> {
  switch (command.name) {
    case 'help':
      return { code: 0, out: usage }
    case 'version':
      return { code: 0, out: `${__VERSION__}\n` }
    case 'check-config': {
      const said = await checkConfig(command.file)
      return said.ok
        ? { code: 0, out: `${said.value.map(plain).join('\n')}\n` }
        : { code: 1, error: errorText(said.error) }
    }
    case 'explain': {
      const record = await explain(command.config, command.container)
      if (!record.ok) return { code: 1, error: errorText(record.error) }
      const out = command.json ? `${JSON.stringify(record.value, undefined, 2)}\n` : explainText(record.value)
      return { code: record.value.answer === 'selectors' ? 0 : 1, out }
    }
    case 'health': {
      const found = await health(command.config, command.waitSeconds)
      if ('error' in found) return { code: found.kind === 'dead' ? 1 : 2, error: errorText(found.error) }
      const text = healthText(found.report)
      return found.kind === 'healthy' || command.alive ? { code: 0, out: text } : { code: 3, error: text }
    }
    case 'verify-bundle': {
      const verified = verifyBundleCommand(command)
      return verified.ok ? { code: 0, out: `${verified.value}\n` } : { code: 1, error: errorText(verified.error) }
    }
  }
}

async function plugin(): Promise<void> {
  if (startedByHost(process.env)) {
    return servePlugin().catch((error: unknown) => {
      log('error', 'The plugin could not start', { error: error instanceof Error ? error.message : 'unknown' })
      process.exit(1)
    })
  }
  process.stderr.write(
    `This is sigstore-attestor ${__VERSION__}, a workload attestor plugin. A SPIRE agent starts it: name this file as ` +
      `plugin_cmd of a WorkloadAttestor in agent.conf. (The variable ${magicCookie} is not set.) --help says what else it does.\n`,
  )
  process.exitCode = 1
}

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  if (command.ok && command.value.name === 'plugin') return plugin()
  const { code, out, error }: Answer =
    command.ok && command.value.name !== 'plugin'
      ? await answer(command.value)
      : { code: 2, error: command.ok ? '' : errorText(command.error) }
  if (out !== undefined) process.stdout.write(out)
  if (error !== undefined) process.stderr.write(error)
  process.exitCode = code
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}\n`)
  process.exitCode = 1
})
