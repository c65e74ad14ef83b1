import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'
import { certificatesInPem } from '../domain/certificates/pem.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { lastingPort } from '../machine/ports.ts'
import { makeAuthority, makeKey, makeTimestampLeaf } from './certificates.ts'
import { type IdentityFiles, identityFiles } from './identity-files.ts'
import { makeIssuerState, parseIssuerState } from './issuer-state.ts'
import { trustedRootJson } from './trusted-root.ts'

const port = z.number().int().min(1).max(65_535)
const factsSchema = z.object({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Part of the identity: they occur in certificates, selectors and image references. */
  ports: z.object({ issuer: port, secondIssuer: port, registry: port }),
})

/**
 * The sandbox's identity: keys, certificates and permanent ports. They outlive a session, so old signatures still
 * verify.
 */
export interface SandboxIdentity {
  readonly files: IdentityFiles
  readonly createdAt: Date
  readonly ports: z.infer<typeof factsSchema>['ports']
}

/**
 * Reads the identity of the sandbox in `folder` (its own, `<state>/sandbox`), creating it when there is none. It is
 * created in a folder beside and renamed when complete, so that an interrupted creation is repeated and an incomplete
 * one is never used. Damaged or exposed files are refused by name. Only one process may call this at a time: hold the
 * session lock.
 */
export async function ensureIdentity(folder: string): Promise<Result<SandboxIdentity>> {
  const files = identityFiles(folder)
  const there = await stat(files.folder).then(
    () => true,
    () => false,
  )
  if (!there) {
    const made = await makeIdentity(files)
    if (!made.ok) return made
  }
  return loadIdentity(files)
}

async function makeIdentity(files: IdentityFiles): Promise<Result<void>> {
  const final = files.folder
  const folder = `${final}.new`
  const inside = (file: string): string => folder + file.slice(final.length)
  // Clocks are set back now and then; a few minutes do not matter here.
  const createdAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000)
  const write = (file: string, text: string): Promise<void> =>
    writeFile(inside(file), text, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await mkdir(dirname(final), { recursive: true, mode: 0o700 })
    await rm(folder, { recursive: true, force: true })
    await mkdir(inside(files.keys), { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    const [fulcio, ctLog, rekor, timestampRoot, timestamp] = await Promise.all(Array.from({ length: 5 }, makeKey))
    if (!fulcio || !ctLog || !rekor || !timestampRoot || !timestamp) throw new Error('unreachable: five keys')
    const fulcioCa = await makeAuthority('Sandbox Fulcio', fulcio, createdAt)
    const timestampCa = await makeAuthority('Sandbox timestamp root', timestampRoot, createdAt)
    const timestampLeaf = await makeTimestampLeaf('Sandbox timestamp authority', timestamp, {
      certificate: timestampCa,
      key: timestampRoot,
    })
    const ports = { issuer: await lastingPort(), secondIssuer: await lastingPort(), registry: await lastingPort() }
    const fulcioChain = [fulcioCa.toString('pem')]
    const timestampChain = [timestampLeaf.toString('pem'), timestampCa.toString('pem')]
    await write(files.fulcioKey, fulcio.privatePem)
    await write(files.ctLogKey, ctLog.privatePem)
    await write(files.rekorKey, rekor.privatePem)
    await write(files.timestampKey, timestamp.privatePem)
    await write(files.fulcioChain, `${fulcioChain.join('\n')}\n`)
    await write(files.timestampChain, `${timestampChain.join('\n')}\n`)
    await write(files.ctLogPublicKey, ctLog.publicPem)
    await write(files.rekorPublicKey, rekor.publicPem)
    await write(files.issuer, JSON.stringify(await makeIssuerState(ports.issuer, ports.secondIssuer)))
    const trustedRoot = trustedRootJson({
      fulcioChain: fulcioChain.map((each) => new X509Certificate(each)),
      timestampChain: timestampChain.map((each) => new X509Certificate(each)),
      ctLogPublicKey: ctLog.publicPem,
      rekorPublicKey: rekor.publicPem,
      since: createdAt,
    })
    await write(files.trustedRoot, JSON.stringify(trustedRoot, null, 2))
    await write(files.facts, JSON.stringify({ version: 1, createdAt: createdAt.toISOString(), ports }))
    for (const data of [files.ctTiles, files.rekorTiles, files.registryData]) await mkdir(inside(data), { mode: 0o700 })
    await rename(folder, final)
    return ok(undefined)
  } catch (error) {
    return err(
      appError(
        'sandbox.identity-not-made',
        'The sandbox could not write its keys.',
        `Make ${dirname(final)} writable.`,
        {
          expected: `a new folder ${final}`,
          found: reason(error),
        },
      ),
    )
  }
}

async function loadIdentity(files: IdentityFiles): Promise<Result<SandboxIdentity>> {
  let current = files.folder
  const read = (file: string): Promise<string> => {
    current = file
    return readFile(file, 'utf8')
  }
  try {
    const exposed = await firstExposed(files)
    if (exposed !== undefined) return err(exposedError(exposed))
    const facts = factsSchema.parse(JSON.parse(await read(files.facts)))
    const issuer = parseIssuerState(await read(files.issuer))
    const issuerPorts = issuer.issuers.map(({ port }) => port)
    if (!isDeepStrictEqual(issuerPorts, [facts.ports.issuer, facts.ports.secondIssuer])) {
      throw new Error(`its ports are not those of ${files.facts}`)
    }
    const fulcioKey = createPrivateKey(await read(files.fulcioKey))
    const timestampKey = createPrivateKey(await read(files.timestampKey))
    const ctLogPublicKey = publicHalf(await read(files.ctLogKey))
    const rekorPublicKey = publicHalf(await read(files.rekorKey))
    if ((await read(files.ctLogPublicKey)) !== ctLogPublicKey) throw new Error('it is not the public half of its key')
    if ((await read(files.rekorPublicKey)) !== rekorPublicKey) throw new Error('it is not the public half of its key')
    const fulcioChain = chainOf(await read(files.fulcioChain))
    if (fulcioChain[0]?.checkPrivateKey(fulcioKey) !== true) throw new Error('its first certificate has another key')
    const timestampChain = chainOf(await read(files.timestampChain))
    if (timestampChain[0]?.checkPrivateKey(timestampKey) !== true)
      throw new Error('its first certificate has another key')
    const createdAt = new Date(facts.createdAt)
    const expected = trustedRootJson({ fulcioChain, timestampChain, ctLogPublicKey, rekorPublicKey, since: createdAt })
    if (!isDeepStrictEqual(JSON.parse(await read(files.trustedRoot)), JSON.parse(JSON.stringify(expected)))) {
      throw new Error('it is not the trusted root of these keys')
    }
    return ok({ files, createdAt, ports: facts.ports })
  } catch (error) {
    return err(damagedError(current, error))
  }
}

/** The first of the secret files that another user could read. */
async function firstExposed(files: IdentityFiles): Promise<string | undefined> {
  const secret = [
    files.folder,
    files.keys,
    files.issuer,
    files.fulcioKey,
    files.ctLogKey,
    files.rekorKey,
    files.timestampKey,
  ]
  for (const place of secret) {
    const mode = (await stat(place).catch(() => undefined))?.mode
    if (mode !== undefined && (mode & 0o077) !== 0) return place
  }
  return undefined
}

const exposedError = (place: string): AppError =>
  appError(
    'sandbox.identity-exposed',
    'Other users of this machine can read a key of the sandbox.',
    `Run \`npm run clean\` to make new keys, or \`chmod go= ${place}\` if no one else has read it.`,
    { expected: `${place} for its owner only`, found: 'permissions for group or others' },
  )

const damagedError = (file: string, error: unknown): AppError =>
  appError(
    'sandbox.identity-damaged',
    `A file of the sandbox is damaged: ${file}.`,
    'Run `npm run clean` to remove the sandbox; the next start makes a new one. Signatures made with the old keys are lost.',
    { expected: 'the file as the sandbox wrote it', found: reason(error) },
  )

const publicHalf = (privatePem: string): string =>
  createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString()

const chainOf = (pem: string): X509Certificate[] => certificatesInPem(pem).map((each) => new X509Certificate(each))

function reason(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error).slice(0, 300)
  if (error instanceof SyntaxError) return 'not JSON'
  return error instanceof Error ? error.message.slice(0, 300) : 'unknown'
}
