import { visible } from './text.ts'

/**
 * Text that comes from elsewhere: what cannot be seen is shown by its number, none of it is obeyed, and its direction
 * ends with it.
 */
export const Foreign = ({ text }: { text: string }) => <bdi>{visible(text)}</bdi>
