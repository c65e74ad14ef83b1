import axe from 'axe-core'
import type { Page } from 'playwright-core'

/**
 * What axe finds on a page, by all its rules or these, on the whole of it or within a part. Puts axe into the page once: a
 * second look at it, in another theme, costs half of the first. The page has no frames.
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
      // The nodes that pass are half of the work, and nobody reads of them.
      options: {
        resultTypes: ['violations' as const],
        ...(rules === undefined ? {} : { runOnly: { type: 'rule' as const, values: [...rules] } }),
      },
    },
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}
