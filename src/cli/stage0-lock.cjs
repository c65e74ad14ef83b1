// Part of stage 0: Node built-ins only.
'use strict'

var fs = require('fs')
var path = require('path')

module.exports = { takeLock: takeLock, read: read, remove: remove }

/**
 * One installation at a time in this clone. Returns a function that releases the lock. A lock whose holder is gone is
 * taken over by one process only; if no lock can be kept, there is none. It lies in the clone: a user who can write
 * there can change the program itself, while a folder outside may belong to another user. The library of session and
 * setup (proper-lockfile) is not installed yet.
 */
function takeLock(root, say) {
  var file = path.join(root, '.stage0.lock')
  var own = file + '.' + process.pid
  var announced = false
  function attempt() {
    try {
      // Linked when it is complete: an empty lock would look like one whose holder is gone.
      fs.writeFileSync(own, String(process.pid))
      fs.linkSync(own, file)
      return Promise.resolve(function () {
        if (read(file) === String(process.pid)) remove(file)
      })
    } catch (error) {
      if (error.code !== 'EEXIST') return Promise.resolve(function () {})
    } finally {
      remove(own)
    }
    if (!alive(Number(read(file)))) {
      takeAway(file)
      return again(20)
    }
    if (!announced) say('Another start in this folder is installing; waiting for it (pid ' + read(file) + ').')
    announced = true
    return again(300)
  }
  function again(ms) {
    return new Promise(function (resolve) {
      setTimeout(resolve, ms)
    }).then(attempt)
  }
  return attempt()
}

/**
 * Removes the lock of a holder that is gone. Only the process that creates the folder beside it may compare and remove,
 * so that none removes a lock that another has just taken. One that was killed in between leaves the folder.
 */
function takeAway(file) {
  var claim = file + '.lock'
  try {
    fs.mkdirSync(claim)
  } catch (error) {
    if (error.code !== 'EEXIST') return
    var stats = fs.statSync(claim, { throwIfNoEntry: false })
    if (stats === undefined || Date.now() - stats.mtimeMs < 10000) return
    var left = new Error(
      'A start in this folder was killed while it took over a lock. Remove what it left: rmdir ' + claim,
    )
    left.plain = true
    throw left
  }
  try {
    if (!alive(Number(read(file)))) remove(file)
  } finally {
    fs.rmdirSync(claim)
  }
}

function alive(pid) {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function remove(file) {
  fs.rmSync(file, { force: true })
}
