/** Names of the demo's trust domain (docs/glossary.md). */
export const trustDomain = 'demo.test'
/** The agent's name whatever token it joined with: parent of the registration entries. */
export const nodeAlias = `spiffe://${trustDomain}/node`
/** The demo workload's SPIFFE ID. */
export const workloadId = (domain: string): string => `spiffe://${domain}/hello`
/** The attestor's name in the agent's configuration, and so the type of its selectors. */
export const selectorType = 'sigstore'
