import type { StartFacts } from '../../../containers/inspect/launch-facts.ts'
import type { ImageLayers } from './image-layers.ts'

const number = /^\d{1,10}$/
export const isNumber = (text: string): boolean => number.test(text)

/** The lines of an account file (`/etc/passwd`, `/etc/group`), each as its fields. */
export const accountLines = (text: string | undefined): readonly (readonly string[])[] =>
  (text ?? '').split('\n').map((line) => line.split(':'))

/** The line of the image's `/etc/passwd` for the image's user, as its fields; undefined when it has none. */
export function userLine(
  { user }: Pick<StartFacts, 'user'>,
  image: Pick<ImageLayers, 'text'>,
): readonly string[] | undefined {
  const [name = ''] = user.split(':')
  const lines = accountLines(image.text('/etc/passwd'))
  return lines.find(([each, , uid]) => (name === '' ? uid === '0' : each === name || uid === name))
}

/** The number of a group as the image's `/etc/group` has it; undefined when it names none. */
export const groupNumber = (group: string, image: Pick<ImageLayers, 'text'>): string | undefined =>
  isNumber(group) ? group : accountLines(image.text('/etc/group')).find(([name]) => name === group)?.[2]

/** The number of the image's user; undefined when the image does not say. */
export function userNumber(start: Pick<StartFacts, 'user'>, image: Pick<ImageLayers, 'text'>): number | undefined {
  const [name = ''] = start.user.split(':')
  const found = isNumber(name) ? name : (userLine(start, image)?.[2] ?? (name === '' ? '0' : undefined))
  return found === undefined || !isNumber(found) ? undefined : Number(found)
}
