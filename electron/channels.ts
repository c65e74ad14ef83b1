/** The channels between the page and the main process: the engine's two, and the window's own. */
export const channels = { request: 'request', changes: 'changes', window: 'window', fileWaits: 'file-waits' } as const
