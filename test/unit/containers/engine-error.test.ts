import { describe, expect, it } from 'vitest'
import { engineError } from '../../../src/core/containers/engine/engine-error.ts'

const socketError = (code: string) => Object.assign(new Error(`connect ${code} /run/x.sock`), { code })
const httpError = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) - ${message}`), { statusCode, json: { message } })

describe('engineError', () => {
  it.each([
    ['EACCES', 'engine.permission', 'usermod'],
    ['ENOENT', 'engine.absent', 'install'],
    ['ECONNREFUSED', 'engine.stopped', 'systemctl start'],
    ['ECONNRESET', 'engine.lost', 'log'],
  ])('tells %s apart and names the remedy that fits', (code, expected, remedy) => {
    const error = engineError(socketError(code), 'It was asked.', '/run/x.sock')
    expect(error.code).toBe(expected)
    expect(error.remedy).toContain(remedy)
  })

  it("passes on the engine's own words", () => {
    const error = engineError(httpError(500, 'the moon is in the way'), 'It was asked.', '/run/x.sock')
    expect(error).toMatchObject({ code: 'engine.refused', found: 'HTTP 500: the moon is in the way' })
  })

  it('names a missing image and a full disk', () => {
    expect(engineError(httpError(404, 'No such image: a'), 'x', 's').code).toBe('engine.missing')
    expect(engineError(httpError(500, 'write /a: no space left on device'), 'x', 's').code).toBe('engine.disk-full')
  })

  it('reports a cancel whatever the abort did to the connection', () => {
    expect(engineError(socketError('ECONNRESET'), 'x', 's', AbortSignal.abort()).code).toBe('run.cancelled')
  })
})
