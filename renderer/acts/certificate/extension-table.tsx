import type { ShownExtension } from '../../../src/core/domain/certificates/x509-extensions.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Foreign } from '../../kit/text/foreign.tsx'
import './extension-table.css'

/** Extensions as a certificate lists them: what each says, its OID, and whether a reader must understand it. */
export function ExtensionTable({ extensions }: { extensions: readonly ShownExtension[] }) {
  return (
    <table className="extensions">
      <thead>
        <tr>
          <th scope="col">Extension</th>
          <th scope="col">Critical</th>
          <th scope="col">Says</th>
        </tr>
      </thead>
      <tbody>
        {extensions.map(({ oid, critical, name, text, readable }) => (
          <tr key={oid}>
            <th scope="row">
              <Foreign text={name} />
              <span className="extensions-oid mono">{oid}</span>
            </th>
            <td>{critical ? 'critical' : 'no'}</td>
            <td>
              <Value value={text} label={name} short={!readable || /^[0-9a-f]{32,}$/.test(text)} />
              {readable ? null : <span className="extensions-raw">in hex</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
