import { visible } from './text.ts'

/** Foreign text: invisible characters are shown by their number and have no effect, and its direction is isolated. */
export const Foreign = ({ text }: { text: string }) => <bdi>{visible(text)}</bdi>
