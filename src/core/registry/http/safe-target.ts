/**
 * Whether a registry or its token service may send a client to a URL: to https, or to the origin that is configured as
 * plain http. With a login in the URL, `fetch` would repeat it in its error.
 */
export const isSafeTarget = (url: URL, origin: string): boolean =>
  (url.protocol === 'https:' || url.origin === origin) && url.username === '' && url.password === ''
