import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { whyNoAnswer } from '../domain/no-answer.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { buildIssuer } from '../workflow/build-system.ts'

const answerSchema = z.object({ value: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/) })

/**
 * An ID token of the sandbox's build system, as a build gets it from its platform: without a login. It is a secret for
 * the minutes that it is valid.
 */
export async function requestBuildToken(issuer: string, signal: AbortSignal): Promise<Result<string>> {
  const url = `${buildIssuer(issuer)}/token`
  try {
    const response = await fetch(url, { method: 'POST', signal })
    const read = answerSchema.safeParse(parseJson(await response.text()))
    return response.ok && read.success ? ok(read.data.value) : err(noToken(url, `HTTP ${response.status}`))
  } catch (error) {
    return err(noToken(url, whyNoAnswer(error)))
  }
}

/** The answer to a login that the build system signs instead: no failure, and never shown. */
export const buildSystemSigns = appError(
  'login.build-system',
  'The build system signs instead of a person.',
  'Nothing is to be done.',
)

const noToken = (url: string, found: string) =>
  appError(
    'login.no-build-token',
    'The build system got no ID token.',
    'Look into the log of the issuer and start again.',
    { expected: `an ID token from ${url}`, found },
  )
