import { createHash } from 'node:crypto'
import { accessSync, closeSync, constants, createReadStream, fstatSync, openSync, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { protectedPath, umaskOfUsers } from '../../files/protected-path.ts'
import { errorCode, fileKind, protectCommand, readRegularText, writableByOthers } from '../../files/read-regular.ts'

/** Trusted roots, certificates and Docker configurations hold some kilobytes. */
const maxNamedFile = 4 * 1024 * 1024

/**
 * A file that the configuration names, as text: only root and the plugin's user may be able to change or replace it.
 */
export function namedText(key: string, path: string): Result<string> {
  const place = protectedPath(path)
  if (!place.ok) return err(because(key, place.error))
  const text = readRegularText(path, { maxBytes: maxNamedFile, protected: true, privateGroup: umaskOfUsers })
  return text.ok ? text : err(because(key, text.error))
}

/** A folder that the plugin writes into. A missing one only has to be one that can be created. */
export function namedFolder(key: string, path: string): Result<undefined> {
  const place = protectedPath(path)
  if (!place.ok) return err(because(key, place.error))
  const { stats, nearest } = place.value
  if (stats !== undefined && !stats.isDirectory()) {
    return err(unusable(key, 'a directory', `${path} is ${fileKind(stats)}`))
  }
  const unsafe = stats === undefined ? undefined : writableByOthers(stats, umaskOfUsers)
  if (unsafe !== undefined) return err(openToOthers(key, path, unsafe))
  try {
    accessSync(nearest, constants.W_OK)
    return ok(undefined)
  } catch (error) {
    return err(unusable(key, 'a directory that can be written', `${nearest}: ${errorCode(error)}`))
  }
}

/** A folder that is only read. */
export function namedView(key: string, path: string): Result<undefined> {
  const place = protectedPath(path)
  if (!place.ok) return err(because(key, place.error))
  const { stats } = place.value
  if (stats?.isDirectory() === true) return ok(undefined)
  return err(unusable(key, 'a directory', stats === undefined ? `nothing at ${path}` : `${path} is ${fileKind(stats)}`))
}

/**
 * A Unix socket, or nothing yet. Its access rights are not judged. Its location has to be protected only with
 * `onlyRoot`: the socket of a rootless engine lies in that user's folder.
 */
export function namedSocket(key: string, path: string, onlyRoot: boolean): Result<undefined> {
  const place = onlyRoot ? protectedPath(path) : undefined
  if (place !== undefined && !place.ok) return err(because(key, place.error))
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSocket()) return ok(undefined)
  return err(unusable(key, 'a Unix socket', `${path} is ${fileKind(stats)}`))
}

/** A program that the plugin runs; if a hash is given, with these bytes. */
export async function namedProgram(key: string, path: string, sha256: string | undefined): Promise<Result<undefined>> {
  const place = protectedPath(path)
  if (!place.ok) return err(because(key, place.error))
  const { stats } = place.value
  if (stats === undefined) return err(unusable(key, 'a program', `nothing at ${path}`))
  if (!stats.isFile()) return err(unusable(key, 'a program', `${path} is ${fileKind(stats)}`))
  const unsafe = writableByOthers(stats, umaskOfUsers)
  if (unsafe !== undefined) return err(openToOthers(key, path, unsafe))
  try {
    accessSync(path, constants.X_OK)
    if (sha256 === undefined) return ok(undefined)
    const found = await hashOf(path)
    return found === sha256 ? ok(undefined) : err(unusable(key, `SHA-256 ${sha256}`, found))
  } catch (error) {
    return err(unusable(key, 'a program that can be run', `${path}: ${errorCode(error)}`))
  }
}

async function hashOf(path: string): Promise<string> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(descriptor).isFile()) return 'no regular file'
    const hash = createHash('sha256')
    await pipeline(createReadStream('', { fd: descriptor, autoClose: false }), hash)
    return hash.digest('hex')
  } finally {
    closeSync(descriptor)
  }
}

const openToOthers = (key: string, path: string, found: string): AppError =>
  unusable(
    key,
    'what only root and this user can change',
    `${path}: ${found}`,
    `Check what is there, then: ${protectCommand(path)}`,
  )

/** A file, folder or program of the configuration cannot be used. */
export const unusable = (key: string, expected: string, found: string, remedy?: string): AppError =>
  appError(
    'config.attestor-file',
    `What the plugin\u2019s configuration names as "${key}" cannot be used.`,
    remedy ?? `Fix "${key}" in the file that plugin_data_file names.`,
    { expected, found },
  )

const because = (key: string, { what, expected, found, remedy }: AppError): AppError =>
  unusable(key, expected ?? 'a file', `${what.replace(/\.$/, '')}: ${found ?? 'nothing'}`, remedy)
