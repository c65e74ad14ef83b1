// Stage 0: from a fresh clone to our own code running. Node built-ins only, and in a syntax that an old Node (10 or
// newer) can read, so that it can report that it is too old. Progress goes to stderr; stdout belongs to the command.
'use strict'

// npm gets the Node options of the environment; we and our children do not (src/core/process/close-inspector.ts).
process.on('SIGUSR1', function () {})
require('inspector').close()
var givenEnvironment = Object.assign({}, process.env)
Object.keys(process.env).forEach(function (name) {
  if (name.indexOf('NODE_') === 0 && name !== 'NODE_EXTRA_CA_CERTS') delete process.env[name]
})

var needed = [20, 18]
var found = process.versions.node.split('.').map(Number)
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    'This program needs Node ' +
      needed.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\nInstall a newer one, from https://nodejs.org or your distribution, and start again.\n',
  )
  process.exit(1)
}

var childProcess = require('child_process')
var crypto = require('crypto')
var fs = require('fs')
var os = require('os')
var path = require('path')
var lock = require('./stage0-lock.cjs')
var takeLock = lock.takeLock
var read = lock.read
var remove = lock.remove

var root = path.join(__dirname, '..', '..')
var modules = path.join(root, 'node_modules')
/** See src/core/process/no-inspector.ts. */
var noInspector = '--inspect-port=192.0.2.1:9229'
var dist = path.join(root, 'dist')
var installStamp = path.join(modules, '.installed-from')
var buildStamp = path.join(dist, '.built-from')
var pageStamp = path.join(dist, '.page-built-from')

/** Commands that are scripts of their own and need nothing but npm's packages and our programs. */
var scripts = {
  'build:attestor': path.join(root, 'src', 'cli', 'build-attestor.mjs'),
  conformance: path.join(root, 'test', 'conformance', 'run.mjs'),
}

/** What our programs are made from, and what the page of the window is. */
var programFolders = ['src', 'electron']
var pageFolders = ['renderer', 'src/core/domain', 'src/core/workflow', 'src/core/contract']

main(process.argv.slice(2))

function main(words) {
  // The window's page is built for commands that show it; the terminal needs none.
  var display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  var asks = words.indexOf('--help') > 0 || words.indexOf('-h') > 0
  if (words[0] === 'build') {
    if (words.length > 1) {
      process.stdout.write('Usage: npm run build\n\n  Builds our programs and the page of the window into dist/.\n')
      return finish(asks ? 0 : 2)
    }
    remove(buildStamp)
    remove(pageStamp)
  }
  prepare(
    ['window', 'package', 'test', 'bench', 'build'].indexOf(words[0]) >= 0 ||
      (words[0] === 'start' && words.length === 1 && display),
  )
    .then(function () {
      if (words[0] === 'build') return 0
      if (scripts[words[0]]) return run([scripts[words[0]]].concat(words.slice(1)), 'inherit', process.cwd())
      if (words[0] !== 'test' || asks) return runCli(words, 'inherit', process.cwd())
      // Setup's messages go to stderr, and a child's stdout must not be mixed with the command's either.
      return runCli(['setup'], ['inherit', 2, 2], root).then(function (code) {
        if (code !== 0) return code
        return run([noInspector, path.join(dist, 'cli.js')].concat(words), 'inherit', root)
      })
    })
    .then(finish, function (error) {
      say(error.plain === true ? error.message : error.stack)
      finish(error.code128 || 1)
    })
}

function finish(code) {
  process.exitCode = code
}

/** Installs the npm packages and builds our code, if that is not done already. */
function prepare(withPage) {
  if (upToDate(withPage)) return Promise.resolve()
  return takeLock(root, say).then(function (release) {
    return makeReady(withPage).then(
      function () {
        release()
      },
      function (error) {
        release()
        throw error
      },
    )
  })
}

function upToDate(withPage) {
  if (read(installStamp) !== lockHash() || read(buildStamp) !== sourceHash(programFolders)) return false
  return !withPage || read(pageStamp) === sourceHash(pageFolders)
}

function makeReady(withPage) {
  return Promise.resolve()
    .then(function () {
      if (read(installStamp) !== lockHash()) return install()
    })
    .then(function () {
      if (read(buildStamp) !== sourceHash(programFolders)) return build()
    })
    .then(function () {
      if (withPage && read(pageStamp) !== sourceHash(pageFolders)) return buildPage()
    })
}

function install() {
  var hash = lockHash()
  var started = Date.now()
  say('Installing the npm packages of package-lock.json …')
  // Starts clean: an interrupted installation may have left half of a package.
  fs.rmSync(modules, { recursive: true, force: true })
  var npm = npmCommand()
  // Not `npm ci`: npm 11 refuses a lock file without the optional packages of every other platform, and not every
  // registry serves those. What ci promises is checked below instead.
  var words = npm.words.concat(['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  return spawn(npm.program, words, ['ignore', 2, 2], root, givenEnvironment).then(
    function (code) {
      if (code !== 0) {
        throw plain(
          'npm install ended with exit code ' + code + '. Read what it says above; it needs an npm registry.',
          code,
        )
      }
      var strange = notFromLock()
      if (strange !== undefined) {
        throw plain(
          'npm installed ' +
            strange +
            ' otherwise than package-lock.json says, so it is not used. Restore it: ' +
            'git checkout -- package.json package-lock.json',
        )
      }
      fs.writeFileSync(installStamp, hash)
      say('npm packages installed (' + seconds(started) + ').')
    },
    function (error) {
      if (error.code !== 'ENOENT') throw error
      throw plain('npm is not in PATH. Install it (on Debian or Ubuntu: sudo apt-get install npm), then start again.')
    },
  )
}

/** The first installed package whose version or hash is not that of package-lock.json. */
function notFromLock() {
  var locked = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages
  var installed = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8')).packages
  return Object.keys(installed).find(function (name) {
    var lock = locked[name]
    return !lock || lock.version !== installed[name].version || lock.integrity !== installed[name].integrity
  })
}

/** The npm that started us if there is one, else the one in PATH. */
function npmCommand() {
  var own = process.env.npm_execpath
  if (own && /npm-cli\.[cm]?js$/.test(own) && fs.existsSync(own)) return { program: machineNode(), words: [own] }
  return { program: 'npm', words: [] }
}

function build() {
  return buildWith([path.join(root, 'src', 'cli', 'build.mjs')], programFolders, buildStamp, 'Own code')
}

function buildPage() {
  var vite = path.join(modules, 'vite', 'bin', 'vite.js')
  var config = path.join(root, 'renderer', 'vite.config.ts')
  return buildWith([vite, 'build', '--config', config, '--logLevel', 'warn'], pageFolders, pageStamp, 'The page')
}

function buildWith(words, folders, stamp, what) {
  var hash = sourceHash(folders)
  var started = Date.now()
  remove(stamp)
  return run(words, ['ignore', 2, 2], root).then(function (code) {
    if (code !== 0) throw plain(what + ' could not be built; read what it says above.', code)
    fs.writeFileSync(stamp, hash)
    say(what + ' built (' + seconds(started) + ').')
  })
}

/** Changes with package-lock.json, and with the machine that packages with binaries were selected for. */
function lockHash() {
  var lock = fs.readFileSync(path.join(root, 'package-lock.json'))
  return digest([lock, process.platform, process.arch])
}

/** Changes with every byte and name below these folders, and with the bundled packages. */
function sourceHash(folders) {
  var parts = [lockHash()]
  folders.forEach(function (folder) {
    walk(path.join(root, folder)).forEach(function (file) {
      parts.push(path.relative(root, file), fs.readFileSync(file))
    })
  })
  parts.push(fs.readFileSync(path.join(root, 'package.json')))
  return digest(parts)
}

function digest(parts) {
  var hash = crypto.createHash('sha256')
  parts.forEach(function (part) {
    hash.update(String(part.length) + ':').update(part)
  })
  return hash.digest('hex')
}

function walk(folder) {
  var files = []
  if (!fs.existsSync(folder)) return files
  fs.readdirSync(folder, { withFileTypes: true })
    .sort(function (a, b) {
      return a.name < b.name ? -1 : 1
    })
    .forEach(function (entry) {
      var file = path.join(folder, entry.name)
      if (entry.isDirectory()) files = files.concat(walk(file))
      else if (entry.isFile()) files.push(file)
    })
  return files
}

/** Runs our command line, under the Node of our packages if it is installed. */
function runCli(words, stdio, cwd) {
  var program = fs.existsSync(packagedNode()) ? packagedNode() : process.execPath
  // Nothing is sent over the channel: when it closes, the command knows that we were killed.
  var withChannel = (typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio).concat('ipc')
  return spawn(program, [noInspector, path.join(dist, 'cli.js')].concat(words), withChannel, cwd)
}

/** Runs tools: tests, builds. They run under the machine's Node, so that the oldest one that we support is tried. */
function run(words, stdio, cwd) {
  return spawn(machineNode(), words, stdio, cwd)
}

/** The Node that npm installs with our packages: newer than many a machine's. */
function packagedNode() {
  return path.join(modules, 'node-' + process.platform + '-' + process.arch, 'bin', 'node')
}

/** npm puts the Node of our packages in front of the PATH, so we may run under that; this is the one that runs npm. */
function machineNode() {
  var npms = process.env.npm_node_execpath
  return process.execPath === packagedNode() && npms && fs.existsSync(npms) ? npms : process.execPath
}

/**
 * Runs a program to its end and returns its exit code, 128 + n when signal n ended it. Ctrl-C in a terminal reaches the
 * child by itself, as it runs in our process group, so it is not sent a second time; any other request to stop is.
 */
function spawn(program, words, stdio, cwd, env) {
  return new Promise(function (resolve, reject) {
    var child
    var names = ['SIGINT', 'SIGTERM', 'SIGHUP']
    var asked = null
    var handlers = names.map(function (name) {
      function handler() {
        asked = name
        if (name !== 'SIGINT' || !inForeground()) child.kill(name)
      }
      process.on(name, handler)
      return handler
    })
    // After the handlers: on a busy machine the child runs before we do, and a signal in between would end us alone.
    child = childProcess.spawn(program, words, { cwd: cwd, stdio: stdio, env: env || process.env })
    function done() {
      names.forEach(function (name, index) {
        process.removeListener(name, handlers[index])
      })
    }
    child.once('error', function (error) {
      done()
      reject(error)
    })
    child.once('exit', function (code, signal) {
      done()
      var value = code === null ? 128 + os.constants.signals[signal] : code
      // After a request to stop, the next part must not begin, even if this one ended with 0.
      resolve(asked !== null && value === 0 ? 128 + os.constants.signals[asked] : value)
    })
  })
}

/**
 * Whether we are the foreground job of a terminal: fields 5 (group), 7 (terminal) and 8 (its job) of /proc/self/stat.
 */
function inForeground() {
  var fields = (read('/proc/self/stat') || '').replace(/^.*\) /, '').split(' ')
  return fields[4] !== '0' && fields[2] === fields[5]
}

function plain(message, code) {
  var error = new Error(message)
  error.plain = true
  if (code > 128) error.code128 = code
  return error
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1) + ' s'
}

function say(text) {
  process.stderr.write(text + '\n')
}
