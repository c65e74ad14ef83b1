import axe from 'axe-core'
import type { Page } from 'playwright/test'

/**
 * axe's findings on a page, by all its rules or these, on the whole of it or within a part. Injects axe into the page
 * once: a second run, in another theme, costs half of the first. The page has no frames.
 */
export async function axeViolations(
  page: Page,
  rules?: readonly string[],
  within = 'html',
): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    ({ context, options }) => (globalThis as unknown as { axe: typeof axe }).axe.run(context, options),
    {
      context: { include: within },
      // The passing nodes are half of the work, and are not used.
      options: {
        resultTypes: ['violations' as const],
        ...(rules === undefined ? {} : { runOnly: { type: 'rule' as const, values: [...rules] } }),
      },
    },
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}
