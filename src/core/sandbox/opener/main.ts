// Bundled in. Beyond that neither import nor require: a file without an extension may be loaded as either kind of
// module, depending on where it lies.
import '../../process/close-inspector.ts'

const { connect } = process.getBuiltinModule('node:net')

/**
 * Replaces the browser opener: cosign calls the first `xdg-open` of its PATH with the login URL. The URL goes to the
 * Unix socket named by SIGSTORE_ATTESTOR_OPENER; cosign waits for this program, so it ends once the app has taken the
 * URL, not when the login is done.
 */
function main(url: string | undefined, socketPath: string | undefined): void {
  if (url === undefined || socketPath === undefined) {
    console.error('This opener works only when the app starts it.')
    process.exitCode = 2
    return
  }
  const socket = connect(socketPath, () => socket.end(`${url}\n`))
  let answer = ''
  socket.setEncoding('utf8')
  socket.setTimeout(10_000, () => socket.destroy(new Error('The app did not answer.')))
  socket.on('data', (text: string) => (answer += text))
  socket.on('error', (error) => {
    console.error(error.message)
    process.exitCode = 1
  })
  socket.on('close', () => {
    if (answer !== 'taken\n') process.exitCode = 1
  })
}

main(process.argv[2], process.env['SIGSTORE_ATTESTOR_OPENER'])
