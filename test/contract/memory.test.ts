import { memoryTransport } from './memory-transport.ts'
import { transportSuite } from './suite.ts'

transportSuite('memory', (server) => ({ transport: memoryTransport(server), close: () => undefined }))
