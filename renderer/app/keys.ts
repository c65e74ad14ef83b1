/**
 * The key that was pressed, whatever Caps Lock says: a letter of the Latin alphabet as it is typed (so Dvorak has its own
 * places), and where the layout has none (Russian, Greek, Hebrew) the letter that is printed there on a US keyboard.
 */
export function letterOf({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  const printed = /^Key([A-Z])$/.exec(code)?.[1]
  return printed !== undefined && /^\p{L}$/u.test(key) ? printed.toLowerCase() : key
}
