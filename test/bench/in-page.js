// What runs in the page.
'use strict'
const bench = {}
globalThis.bench = bench

/** Until something is there. */
bench.appears = (selector) =>
  new Promise((resolve) => {
    const look = () => (document.querySelector(selector) === null ? requestAnimationFrame(look) : resolve(true))
    look()
  })

bench.press = (selector) => {
  document.querySelector(selector)?.click()
  return true
}

/** The time, in ms since 1970, of the frame in which each event was drawn: after React's commit, when it is painted. */
bench.seenTimes = (count) =>
  new Promise((resolve) => {
    const times = []
    let next = 0
    const observer = new MutationObserver(() => {
      const number = Number(/event-(\d+)\./.exec(document.querySelector('main')?.textContent ?? '')?.[1] ?? -1)
      if (number < next) return
      // Of several in one frame the last is seen; all of them are in it.
      const [from, to] = [next, number]
      next = number + 1
      requestAnimationFrame(() => {
        const channel = new MessageChannel()
        channel.port1.addEventListener('message', () => {
          for (let each = from; each <= to; each += 1) times[each] = Date.now()
          if (to === count - 1) {
            observer.disconnect()
            resolve(times)
          }
        })
        channel.port1.start()
        channel.port2.postMessage(null)
      })
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  })

/** Times between frames, in ms. */
bench.frames = (ms) =>
  new Promise((resolve) => {
    const times = []
    let last = performance.now()
    const end = last + ms
    const next = (now) => {
      times.push(now - last)
      last = now
      if (now < end) requestAnimationFrame(next)
      else resolve(times.slice(1))
    }
    requestAnimationFrame(next)
  })

/** The same while the log is scrolled by so many pixels a frame, up and down through all of it. */
bench.scrolledFrames = (ms, by) =>
  new Promise((resolve) => {
    const box = document.querySelector('.log-box')
    const times = []
    let last = performance.now()
    let step = -by
    const end = last + ms
    const next = (now) => {
      times.push(now - last)
      last = now
      if (box === null || now >= end) return resolve(times.slice(1))
      const most = box.scrollHeight - box.clientHeight
      if (box.scrollTop + step < 0 || box.scrollTop + step > most) step = -step
      box.scrollTop += step
      requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })

bench.elements = () => document.querySelectorAll('.log *').length

/** Bytes of the page's JavaScript after a collection. */
bench.heap = () => {
  globalThis.gc?.()
  return performance.memory.usedJSHeapSize
}
