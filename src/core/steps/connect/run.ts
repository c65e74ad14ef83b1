import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { appError } from '../../domain/app-error.ts'
import type { Check } from '../../domain/verdict.ts'
import { checkProfile, isFine, type ProfileCheckId } from '../../profiles/check-profile.ts'
import { signingConfigJson } from '../../sigstore/cosign/signing-config.ts'
import { givenServices } from '../resources.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** When a profile's services become valid for cosign: they exist now. */
const since = new Date(0)

/** Checks the services of the profile, and writes their addresses and trusted keys for cosign and the attestor. */
export async function connect({ session, signal, report }: StepContext): Promise<StepOutcome> {
  const profile = givenServices(session)
  const { places, folders } = session
  report({ type: 'step.progressed', progress: { kind: 'indeterminate', label: 'asking the services of the profile' } })
  const { checks, trustedRoot } = await checkProfile({ profile, cache: folders.cache, env: process.env, signal })
  const wrong = checks.find((check) => !isFine(check))
  if (wrong !== undefined || trustedRoot === null) return failed(notReady(wrong ?? checks[0]))
  const files = {
    trustedRoot: join(places.connection, 'trusted_root.json'),
    signingConfig: join(places.connection, 'signing_config.json'),
  }
  const { sigstore, issuer, signer, registry, title } = profile
  const timestampAuthority = sigstore.timestampAuthority?.url ?? null
  const fulcio = sigstore.fulcio.url
  const config = signingConfigJson({
    fulcio,
    issuer,
    rekor: sigstore.rekor,
    timestampAuthority,
    since,
    operator: title,
  })
  await mkdir(places.connection, { recursive: true, mode: 0o700 })
  await writeFileAtomic(files.trustedRoot, trustedRoot, { mode: 0o600 })
  // An existing config may say more than we know, such as which of several logs to use.
  const given = sigstore.signingConfig === undefined ? undefined : await readFile(sigstore.signingConfig, 'utf8')
  await writeFileAtomic(files.signingConfig, given ?? JSON.stringify(config, null, 2), { mode: 0o600 })
  return passed({
    kind: 'sigstore',
    registry: registry.host,
    repository: `${registry.host}/${registry.repository}`,
    issuer,
    secondIssuer: null,
    signer,
    fulcio,
    rekor: sigstore.rekor.url,
    rekorVersion: sigstore.rekor.version,
    timestampAuthority,
    ctLog: null,
    ...files,
    trustedRootJson: trustedRoot,
    secondSigningConfig: null,
    rekorTiles: null,
    ctTiles: null,
    checks,
  })
}

const notReady = (check: Check<ProfileCheckId> | undefined) =>
  appError(
    'config.profile-services',
    check === undefined
      ? 'The services of this profile cannot be used.'
      : `The services of this profile cannot be used: ${check.id}.`,
    check?.remedy ?? 'Look at the profile: npm run doctor -- --profile NAME',
    { expected: check?.expected, found: check?.found },
  )
