import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
})
const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().optional() })

/**
 * The licences of every npm package that one of our bundles can contain, one after the other: all of package-lock.json
 * that is not for development. Throws what the file system throws; a package without a licence text is named with the
 * licence that its package.json states.
 */
export async function thirdPartyLicenses(root: string): Promise<string> {
  const { packages } = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')))
  const places = Object.entries(packages)
    .filter(([place, { dev, devOptional }]) => place !== '' && dev !== true && devOptional !== true)
    .map(([place]) => join(root, place))
  const texts = new Map<string, string>()
  for (const place of places) {
    const manifest = await readFile(join(place, 'package.json'), 'utf8').catch(() => undefined)
    // An optional package of another platform is not installed, and so in no bundle.
    if (manifest === undefined) continue
    const { name, version, license } = manifestSchema.parse(JSON.parse(manifest))
    const files = (await readdir(place)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted()
    const all = await Promise.all(files.map((file) => readFile(join(place, file), 'utf8')))
    texts.set(`${name} ${version} (${license ?? 'licence not stated'})`, all.join('\n'))
  }
  const names = [...texts.keys()].toSorted()
  const head = 'The programs here contain code of these npm packages.\n'
  const line = '-'.repeat(80)
  return [head, ...names.map((name) => `${line}\n${name}\n\n${texts.get(name)?.trim()}\n`)].join('\n')
}
