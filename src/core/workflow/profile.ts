/** Which Sigstore and registry a story is told with. */
export type Profile = 'sandbox' | 'public'
