import { extract } from 'tar-stream'

const maxText = 4096

/** The text of the one small plain file in a tar, as an engine hands it out; undefined for anything else. */
export async function textOfOneFile(tar: Buffer): Promise<string | undefined> {
  const archive = extract()
  archive.end(tar)
  const texts: (string | undefined)[] = []
  try {
    for await (const entry of archive) {
      const { type, size } = entry.header
      const chunks: Uint8Array[] = []
      if (type === 'file' && size !== undefined && size <= maxText) {
        for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk)
        texts.push(Buffer.concat(chunks).toString('utf8'))
      } else {
        texts.push(undefined)
        entry.resume()
      }
    }
  } catch {
    return undefined
  }
  return texts.length === 1 ? texts[0] : undefined
}
