/** Something that can be stopped; stopping twice is harmless. */
interface Stoppable {
  readonly stop: () => Promise<void>
}

export interface ServiceGroup {
  /** Adds the thing to the group and returns it. Added while the group is stopping, it is stopped at once. */
  readonly add: <T extends Stoppable>(name: string, item: T) => T
  /**
   * Stops everything that is in it now, the newest first, whatever fails on the way; what is added later is kept.
   * Returns what could not be stopped, with the reason. Never rejects.
   */
  readonly empty: () => Promise<readonly string[]>
  /** The same, permanently: what is added while it stops is stopped as well. */
  readonly stop: () => Promise<readonly string[]>
}

/** Longer than any service takes to end by itself and then by force (private engine: 15 s). */
const stopWithinMs = 30_000

/** A stack of running things. One that has not stopped after `withinMs` is given up, and the next one is stopped. */
export function serviceGroup(withinMs = stopWithinMs): ServiceGroup {
  const items: { readonly name: string; readonly item: Stoppable }[] = []
  const failures: string[] = []
  let stopping: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    for (let next = items.pop(); next !== undefined; next = items.pop()) {
      const { name, item } = next
      const failure = await attempt(name, () => item.stop(), withinMs)
      if (failure !== undefined) failures.push(failure)
    }
  }
  return {
    add: (name, item) => {
      items.push({ name, item })
      if (stopping !== undefined) stopping = stopping.then(drain)
      return item
    },
    empty: async () => {
      await drain()
      return failures.splice(0)
    },
    stop: async () => {
      await (stopping ??= drain())
      return [...failures]
    },
  }
}

/** Stops a service, and cleans up after it whatever the result. */
export async function stopAndClear(service: Stoppable, clear: () => Promise<unknown>): Promise<void> {
  try {
    await service.stop()
  } finally {
    await clear()
  }
}

/**
 * Runs one part of a clean-up. Returns why it failed, or did not end in time; undefined when it is done. Never rejects.
 */
export async function attempt(
  name: string,
  work: () => Promise<unknown>,
  withinMs = stopWithinMs,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${name}: not within ${withinMs / 1000} s`), withinMs)
  })
  const done = Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: unknown) => `${name}: ${error instanceof Error ? error.message : String(error)}`,
    )
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}
