/** An external plugin that attests workloads. */
export interface AttestorPlugin {
  /** Becomes the type of its selectors. */
  readonly name: string
  /** Absolute path of the program. */
  readonly command: string
  /** SHA-256 of that file, hex: the agent refuses to start another. */
  readonly checksum: string
  /** Absolute path of the file that the agent passes to the plugin unchanged. */
  readonly dataFile: string
}

// The polling interval of both: people wait for an agent to know a new entry.
const lookEvery = '250ms'

/**
 * The server's configuration file (SPIRE 1.15, doc/spire_server.md). JSON is a form of HCL that SPIRE accepts as a
 * whole file. Signing keys stay in memory: they are new in every session and never on disk.
 */
export function serverConfiguration(spec: {
  readonly trustDomain: string
  readonly port: number
  readonly socket: string
  readonly dataFolder: string
}): string {
  return format({
    server: {
      bind_address: '127.0.0.1',
      bind_port: String(spec.port),
      socket_path: spec.socket,
      trust_domain: spec.trustDomain,
      data_dir: spec.dataFolder,
      log_level: 'INFO',
      log_format: 'json',
      // A laptop that slept longer than the agent's certificate is valid would wake up without an agent.
      ca_ttl: '168h',
      agent_ttl: '72h',
      default_x509_svid_ttl: '1h',
      experimental: { cache_reload_interval: lookEvery },
    },
    plugins: {
      DataStore: {
        sql: {
          plugin_data: {
            database_type: 'sqlite3',
            connection_string: `${spec.dataFolder}/datastore.sqlite3`,
          },
        },
      },
      NodeAttestor: { join_token: { plugin_data: {} } },
      KeyManager: { memory: { plugin_data: {} } },
    },
  })
}

/**
 * The agent's configuration file (SPIRE 1.15, doc/spire_agent.md). It authenticates the server by the trust bundle and
 * itself by a join token from a file. The `unix` attestor is configured beside the plugin: when every attestor fails,
 * the agent reports itself unhealthy. DEBUG, because only then it logs which entries it knows and what it attested.
 */
export function agentConfiguration(spec: {
  readonly trustDomain: string
  readonly serverAddress: string
  readonly serverPort: number
  readonly socket: string
  readonly adminSocket: string
  readonly dataFolder: string
  readonly trustBundleFile: string
  readonly joinTokenFile: string
  readonly plugin: AttestorPlugin | undefined
  /** SPIRE's own attestors beside it, each with its data. */
  readonly builtIn?: Readonly<Record<string, object>>
}): string {
  const { plugin, builtIn = {} } = spec
  return format({
    agent: {
      data_dir: spec.dataFolder,
      socket_path: spec.socket,
      admin_socket_path: spec.adminSocket,
      server_address: spec.serverAddress,
      server_port: String(spec.serverPort),
      trust_domain: spec.trustDomain,
      trust_bundle_path: spec.trustBundleFile,
      join_token_file: spec.joinTokenFile,
      log_level: 'DEBUG',
      log_format: 'json',
      experimental: { sync_interval: lookEvery },
    },
    plugins: {
      NodeAttestor: { join_token: { plugin_data: {} } },
      KeyManager: { memory: { plugin_data: {} } },
      WorkloadAttestor: {
        unix: { plugin_data: {} },
        ...Object.fromEntries(Object.entries(builtIn).map(([name, data]) => [name, { plugin_data: data }])),
        ...(plugin === undefined
          ? {}
          : {
              [plugin.name]: {
                plugin_cmd: plugin.command,
                plugin_checksum: plugin.checksum,
                plugin_data_file: plugin.dataFile,
              },
            }),
      },
    },
  })
}

const format = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
