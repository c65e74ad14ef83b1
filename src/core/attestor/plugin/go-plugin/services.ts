import type { ServiceDefinition } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

// The messages as protobufjs writes them in JSON. Kept here and not as .proto files, because the plugin is one file.
// Sources: hashicorp/go-plugin v1.8.0 internal/plugin/*.proto; spiffe/spire-plugin-sdk v1.15.2 proto/ and
// internal/proto/spire/service/private/init/v1/init.proto; grpc/health/v1/health.proto.
const text = (id: number) => ({ type: 'string', id })
const texts = (id: number) => ({ rule: 'repeated' as const, type: 'string', id })
const unary = (requestType: string, responseType: string) => ({ requestType, responseType, comment: '' })

const configure = { core_configuration: { type: 'CoreConfiguration', id: 1 }, hcl_configuration: text(2) }

const definition = fromJSON(
  {
    nested: {
      google: { nested: { protobuf: { nested: { Empty: { fields: {} } } } } },
      plugin: {
        nested: {
          Empty: { fields: {} },
          Knock: { fields: { knock: { type: 'bool', id: 1 }, ack: { type: 'bool', id: 2 }, error: text(3) } },
          ConnInfo: {
            fields: {
              service_id: { type: 'uint32', id: 1 },
              network: text(2),
              address: text(3),
              knock: { type: 'Knock', id: 4 },
            },
          },
          StdioData: { fields: { channel: { type: 'int32', id: 1 }, data: { type: 'bytes', id: 2 } } },
          GRPCBroker: {
            methods: { StartStream: { ...unary('ConnInfo', 'ConnInfo'), requestStream: true, responseStream: true } },
          },
          GRPCController: { methods: { Shutdown: unary('Empty', 'Empty') } },
          GRPCStdio: {
            methods: { StreamStdio: { ...unary('google.protobuf.Empty', 'StdioData'), responseStream: true } },
          },
        },
      },
      'grpc.health.v1': {
        nested: {
          HealthCheckRequest: { fields: { service: text(1) } },
          HealthCheckResponse: { fields: { status: { type: 'int32', id: 1 } } },
          Health: { methods: { Check: unary('HealthCheckRequest', 'HealthCheckResponse') } },
        },
      },
      'spire.service.private.init.v1': {
        nested: {
          InitRequest: { fields: { host_service_names: texts(1) } },
          InitResponse: { fields: { plugin_service_names: texts(1) } },
          DeinitRequest: { fields: {} },
          DeinitResponse: { fields: {} },
          Init: {
            methods: { Init: unary('InitRequest', 'InitResponse'), Deinit: unary('DeinitRequest', 'DeinitResponse') },
          },
        },
      },
      'spire.service.common.config.v1': {
        nested: {
          CoreConfiguration: { fields: { trust_domain: text(1) } },
          ConfigureRequest: { fields: configure },
          ConfigureResponse: { fields: {} },
          ValidateRequest: { fields: configure },
          ValidateResponse: { fields: { valid: { type: 'bool', id: 1 }, notes: texts(2) } },
          Config: {
            methods: {
              Configure: unary('ConfigureRequest', 'ConfigureResponse'),
              Validate: unary('ValidateRequest', 'ValidateResponse'),
            },
          },
        },
      },
      'spire.plugin.agent.workloadattestor.v1': {
        nested: {
          AttestRequest: { fields: { pid: { type: 'int32', id: 1 } } },
          AttestResponse: { fields: { selector_values: texts(1) } },
          // AttestReference is left out: the agent then falls back to Attest.
          WorkloadAttestor: { methods: { Attest: unary('AttestRequest', 'AttestResponse') } },
        },
      },
    },
  },
  { keepCase: true, defaults: true, arrays: true },
)

/** The services that are announced to the agent: it uses the Init service, not reflection. */
export const pluginServices = {
  attestor: 'spire.plugin.agent.workloadattestor.v1.WorkloadAttestor',
  config: 'spire.service.common.config.v1.Config',
} as const

/** Every service by its full name, with its coding, for a server and for a client. */
export function serviceDefinition(name: string): ServiceDefinition {
  const found = definition[name]
  if (found === undefined || 'format' in found) throw new Error(`No service ${name} is defined.`)
  return found
}
