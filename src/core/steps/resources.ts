export interface SessionResources { readonly placeholder: string }
