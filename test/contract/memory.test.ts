import { memoryTransport } from './memory-transport.ts'
import { transportSuite } from './suite.ts'
import { vitest } from './vitest-runner.ts'

transportSuite(vitest, 'memory', (server) => ({ transport: memoryTransport(server), close: () => undefined }))
