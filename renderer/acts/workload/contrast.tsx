import type { ReactNode } from 'react'
import type { Svid } from '../../../src/core/domain/spiffe/svid.ts'
import type { SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Part } from '../../kit/facts/part.tsx'
import { seconds } from '../../kit/text/text.ts'
import { isUri } from '../../state/signer.ts'
import '../certificate/extension-table.css'

const life = (of: { readonly notBefore: string; readonly notAfter: string }): string =>
  seconds(Date.parse(of.notAfter) - Date.parse(of.notBefore))

/** The two certificates of this story side by side: the one of who signed, the one of the process that runs. */
export function Contrast({ signature, svid }: { signature: SignatureArtifact; svid: Svid }) {
  return (
    <Part title="Two certificates, two purposes">
      <table className="extensions contrast">
        <thead>
          <tr>
            <td />
            <th scope="col">Fulcio’s certificate</th>
            <th scope="col">X.509-SVID</th>
          </tr>
        </thead>
        <tbody>
          <Row name="Names">
            <Value value={signature.signer.subject} label="who signed" />
            <Value value={svid.spiffeId} label="SPIFFE ID" />
          </Row>
          <Row name="Which is">
            <span>{isUri(signature.signer.subject) ? 'a build system' : 'a person'}</span>
            <span>a process</span>
          </Row>
          <Row name="Lives">
            <span>{life(signature.certificate)}, then never again</span>
            <span>{life(svid)}, renewed for as long as the process runs</span>
          </Row>
          <Row name="Its key">
            <span>signs once and is thrown away</span>
            <span>proves itself in each connection (mutual TLS)</span>
          </Row>
          <Row name="Is recorded">
            <span>in a public log, for ever</span>
            <span>nowhere: every client that trusts the domain checks it</span>
          </Row>
        </tbody>
      </table>
    </Part>
  )
}

function Row({ name, children: [fulcio, svid] }: { name: string; children: readonly [ReactNode, ReactNode] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{fulcio}</td>
      <td>{svid}</td>
    </tr>
  )
}
