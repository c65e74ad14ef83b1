import { expect, it } from 'vitest'
import { z } from 'zod'
import { agentConfiguration, serverConfiguration } from '../../../src/core/spire/configuration.ts'

const agent = (plugin?: Parameters<typeof agentConfiguration>[0]['plugin']) =>
  z.record(z.string(), z.record(z.string(), z.unknown())).parse(
    JSON.parse(
      agentConfiguration({
        trustDomain: 'demo.test',
        serverAddress: '127.0.0.1',
        serverPort: 8081,
        socket: '/run/x/agent/api.sock',
        adminSocket: '/run/x/agent-admin/api.sock',
        dataFolder: '/state/agent',
        trustBundleFile: '/state/agent/bundle.pem',
        joinTokenFile: '/state/agent/token',
        plugin,
      }),
    ),
  )

it('authenticates the server by its bundle and never trusts it on first use', () => {
  expect(agent()['agent']).toMatchObject({ trust_bundle_path: '/state/agent/bundle.pem', server_address: '127.0.0.1' })
  expect(JSON.stringify(agent())).not.toContain('insecure')
})

it('reads the join token from a file only, and writes no key to disk', () => {
  expect(agent()['agent']).toMatchObject({ join_token_file: '/state/agent/token' })
  expect(agent()['agent']).not.toHaveProperty('join_token')
  expect(agent()['plugins']).toHaveProperty('KeyManager', { memory: { plugin_data: {} } })
})

it('loads the unix attestor beside the plugin and pins the plugin to its bytes', () => {
  const plugin = { name: 'sigstore', command: '/dist/plugin.cjs', checksum: 'ab'.repeat(32), dataFile: '/state/p.json' }
  expect(agent(plugin)['plugins']).toHaveProperty('WorkloadAttestor', {
    unix: { plugin_data: {} },
    sigstore: { plugin_cmd: '/dist/plugin.cjs', plugin_checksum: 'ab'.repeat(32), plugin_data_file: '/state/p.json' },
  })
})

it('listens on loopback only', () => {
  const spec = { trustDomain: 'demo.test', port: 8081, socket: '/run/x/server/api.sock', dataFolder: '/state/server' }
  expect(JSON.parse(serverConfiguration(spec))).toMatchObject({
    server: { bind_address: '127.0.0.1', bind_port: '8081' },
    plugins: { KeyManager: { memory: {} } },
  })
})
