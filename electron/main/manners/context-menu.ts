import { type BrowserWindow, type ContextMenuParams, clipboard, Menu, type MenuItemConstructorOptions } from 'electron'

/** What a right click offers, for what is selected or can be typed in. */
export function contextMenu({
  isEditable,
  editFlags,
  selectionText,
}: Pick<ContextMenuParams, 'isEditable' | 'editFlags' | 'selectionText'>): MenuItemConstructorOptions[] {
  const copy: MenuItemConstructorOptions = {
    role: 'copy',
    label: '&Copy',
    enabled: editFlags.canCopy || selectionText !== '',
  }
  const all: MenuItemConstructorOptions = { role: 'selectAll', label: 'Select &All' }
  if (!isEditable) return [copy, all]
  return [
    { role: 'cut', label: 'Cu&t', enabled: editFlags.canCut },
    copy,
    { role: 'paste', label: '&Paste', enabled: editFlags.canPaste },
    { type: 'separator' },
    all,
  ]
}

/** What a right click on a value offers: the whole of it, whatever part of it is shown or selected. */
export const valueMenu = (copyValue: () => void): MenuItemConstructorOptions[] => [
  { label: 'Copy &Value', click: copyValue },
  { type: 'separator' },
  { role: 'copy', label: '&Copy' },
  { role: 'selectAll', label: 'Select &All' },
]

/** Shows that menu for a value of the page. The clipboard is written only when the person chooses that. */
export function offerValueMenu(window: BrowserWindow, value: string): void {
  Menu.buildFromTemplate(valueMenu(() => void clipboard.writeText(value))).popup({ window })
}

/** Shows it at each right click and for the menu key. */
export function offerContextMenu(window: BrowserWindow): void {
  window.webContents.on('context-menu', (_event, params) => {
    Menu.buildFromTemplate(contextMenu(params)).popup({ window })
  })
}
