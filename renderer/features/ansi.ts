// ECMA-48 section 5.4: a control sequence, here only `m`, which sets colours. All others stay, and are shown as text.
const colours = /\u001b\[[0-9;]*m/g

/** A line without its colours. Other control characters stay: they are shown, never obeyed. */
export const withoutColours = (line: string): string => line.replace(colours, '')
