import { expect, it } from 'vitest'
import { gateOf } from '../../integration/harness/workloads.ts'
import { type ClusterStory, denied, svid } from './story.ts'

/** Who gets which identity. */
export function identityCases(story: () => ClusterStory): void {
  it('gives one SVID and one denial to a pod with a signed and an unsigned container; swapped, the results swap', async () => {
    const { pods, images } = story()
    const [signed, unsigned] = [images.signed.reference, images.unsigned.reference]
    await pods.run('pair', {
      containers: [
        { name: 'one', image: signed },
        { name: 'two', image: unsigned },
      ],
    })
    expect(await pods.answer('pair', 'one')).toMatchObject(svid('signed'))
    expect(await pods.answer('pair', 'two')).toMatchObject(denied)
    expect(gateOf(await pods.decision('pair', 'two'), 'signature')).toMatchObject({ verdict: 'not-present' })

    await pods.run('swapped', {
      containers: [
        { name: 'one', image: unsigned },
        { name: 'two', image: signed },
      ],
    })
    expect(await pods.answer('swapped', 'one')).toMatchObject(denied)
    expect(await pods.answer('swapped', 'two')).toMatchObject(svid('signed'))
  })

  it('requires service account and signer where one entry has the selectors of both attestors', async () => {
    const { pods, images, stage } = story()
    for (const name of ['payments', 'other'])
      await stage.cluster.api.apply({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace: 'default' },
      })
    const run = (name: string, serviceAccountName: string, image: string) =>
      pods.run(name, { serviceAccountName, containers: [{ name: 'app', image }] })
    await run('both', 'payments', images.byIntern.reference)
    await run('other-account', 'other', images.byIntern.reference)
    await run('other-signer', 'payments', images.signed.reference)
    await run('no-signer', 'payments', images.unsigned.reference)
    expect(await pods.answer('both', 'app')).toMatchObject(svid('payments'))
    expect(await pods.answer('other-account', 'app')).toMatchObject(denied)
    // It has the identity of its own signer, and only that.
    expect(await pods.answer('other-signer', 'app')).toMatchObject(svid('signed'))
    expect(await pods.answer('no-signer', 'app')).toMatchObject(denied)
  })
}
