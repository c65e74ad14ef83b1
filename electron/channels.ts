/** The two channels between the page and the main process. */
export const channels = { request: 'request', changes: 'changes' } as const
