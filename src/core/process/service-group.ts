/** Something that can be ended; ending twice is harmless. */
interface Stoppable {
  readonly stop: () => Promise<void>
}

export interface ServiceGroup extends Stoppable {
  /** Hands the thing to the group and back to the caller. Added while the group is stopping, it is ended at once. */
  readonly add: <T extends Stoppable>(item: T) => T
}

/** A stack of running things: stop() ends them one after the other, the newest first, and all of them. */
export function serviceGroup(): ServiceGroup {
  const items: Stoppable[] = []
  let stopping: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    for (let item = items.pop(); item !== undefined; item = items.pop()) await item.stop()
  }
  return {
    add: (item) => {
      items.push(item)
      if (stopping !== undefined) stopping = stopping.then(drain)
      return item
    },
    stop: () => (stopping ??= drain()),
  }
}
