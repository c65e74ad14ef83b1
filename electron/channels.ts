/** The channels between the pages and the main process: the engine's two, the window's own, and the presenter window's. */
export const channels = {
  request: 'request',
  changes: 'changes',
  window: 'window',
  fileWaits: 'file-waits',
  talk: 'talk',
  presenter: 'presenter',
  presenterView: 'presenter-view',
} as const
