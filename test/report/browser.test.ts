// Pages in a browser: what is on them is found by its role, at every width, in light and dark, without
// scripts, with the keyboard, and on paper.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { source } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { scratchFolder } from '../scratch.js'
import { inBrowser, openBrowser, until, withPage } from './browser.js'
import { bootFile, type Kind, olderFile, reportOf, resultFile } from './pages.js'

const scratch = scratchFolder()
const pages = {} as Record<Kind, string>
/** Each has pictures that no other has. */
const kinds: readonly Kind[] = ['compare', 'sweep', 'replay', 'size']
const withBase: readonly Kind[] = ['compare', 'sweep']
let browser: Browser

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

/** What axe finds wrong: contrast, names, roles, order of headings. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(source)
  const found = (await page.evaluate('axe.run()')) as { readonly violations: readonly Violation[] }
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')}`)
}

const sideways = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - window.innerWidth') as Promise<number>

inBrowser('a page', () => {
  beforeAll(async () => {
    browser = await openBrowser()
    for (const kind of kinds) {
      const file = await resultFile(scratch, kind)
      const base = withBase.includes(kind) ? ['--base', olderFile(scratch, file)] : []
      const more = kind === 'size' ? [bootFile(scratch)] : []
      const { ended, out } = await reportOf(scratch, `${kind}.html`, [...base, file, ...more])
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      pages[kind] = out
    }
  }, 240_000)

  afterAll(() => browser?.close())

  describe.each(kinds)('of %s', (kind) => {
    test.each([
      [360, 'light'],
      [1280, 'dark'],
    ] as const)(
      '%d pixels, %s: nothing to complain of, and nothing to scroll sideways',
      async (width, colorScheme) => {
        const options = { viewport: { width, height: 800 }, colorScheme, bypassCSP: true }
        await withPage(browser, pages[kind], options, async ({ page, complaints }) => {
          expect(await sideways(page)).toBeLessThanOrEqual(0)
          // With all of its tables open, too: nothing is hidden then from who looks. Looking at each
          // row of a long table takes most of a minute, and the rows of a table are alike.
          await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
          await page.evaluate(
            "for (const row of document.querySelectorAll('tbody tr:nth-child(n+41)')) row.remove()",
          )
          expect(await violations(page)).toEqual([])
          for (const between of [width, 600, 800, 1000]) {
            await page.setViewportSize({ width: between, height: 800 })
            expect([between, (await sideways(page)) <= 0]).toEqual([between, true])
          }
          expect(complaints).toEqual([])
        })
      },
      60_000,
    )

    test('without scripts: headings, pictures with their sentences, tables, links', async () => {
      const options = { javaScriptEnabled: false, viewport: { width: 1280, height: 800 } }
      await withPage(browser, pages[kind], options, async ({ page, complaints }) => {
        expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
        // Of several kinds one chooses: the style sheet hides the others, with no script, in the
        // contents, too.
        const boots = page.getByRole('checkbox', { name: 'boots' })
        // The boxes are folded away, and so are the contents.
        expect(await boots.count()).toBe(0)
        expect(await page.getByRole('checkbox').count()).toBe(0)
        await page.getByText(/^Show or hide /).click()
        await page.getByText(/^Contents: /).click()
        if (kind === 'size') {
          const links = await page.getByRole('link', { name: /^Booted: / }).count()
          await boots.focus()
          await page.keyboard.press('Space')
          expect(await page.getByRole('heading', { name: /^Booted: / }).count()).toBe(0)
          // In the contents, and beside the answer.
          expect([links, await page.getByRole('link', { name: /^Booted: / }).count()]).toEqual([
            2, 0,
          ])
          await page.keyboard.press('Space')
          expect(await page.getByRole('heading', { name: /^Booted: / }).count()).toBe(1)
        } else expect(await boots.count()).toBe(0)
        // So it is with trackers: their marks, and their rows and columns in tables.
        const box = page.getByRole('checkbox', { name: 'per-area', exact: true })
        const own = page.locator('[data-of="per-area"]:visible')
        const others = page.locator('[data-of="reserve"]:visible')
        const [mine, theirs] = [await own.count(), await others.count()]
        expect([mine > 0, theirs > 0]).toEqual([true, true])
        await box.uncheck()
        expect([await own.count(), await others.count()]).toEqual([0, theirs])
        await box.check()
        expect(await own.count()).toBe(mine)
        const figures = page.getByRole('figure')
        const n = await figures.count()
        expect(n).toBeGreaterThanOrEqual(1)
        for (let i = 0; i < n; i++) {
          const figure = figures.nth(i)
          const picture = figure.getByRole('img').or(figure.getByRole('table')).first()
          expect(await picture.isVisible()).toBe(true)
          expect(await figure.getByText(/\.$/).first().isVisible()).toBe(true)
          await figure
            .getByText(/^Numbers: /)
            .first()
            .click()
          expect(await figure.getByRole('table').last().isVisible()).toBe(true)
          expect(await figure.getByRole('link', { name: /^CSV/ }).count()).toBe(1)
          expect(await figure.getByRole('link', { name: /^JSON/ }).count()).toBe(1)
        }
        expect(complaints).toEqual([])
      })
    }, 60_000)

    test('with the keyboard: the numbers open, and what is wider than the page moves', async () => {
      await withPage(
        browser,
        pages[kind],
        { viewport: { width: 360, height: 800 } },
        async ({ page }) => {
          const seen = new Set<string>()
          for (let i = 0; i < 200; i++) {
            await page.keyboard.press('Tab')
            const at = (await page.evaluate(
              "document.activeElement.tagName + ' ' + (document.activeElement.getAttribute('role') ?? '')",
            )) as string
            seen.add(at)
            if (at.startsWith('SUMMARY')) {
              await page.keyboard.press('Enter')
              expect(await page.evaluate('document.activeElement.parentElement.open')).toBe(true)
              const words = (await page.evaluate('document.activeElement.textContent')) as string
              if (words.startsWith('Numbers: ')) break
            }
          }
          await page.keyboard.press('Tab')
          expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^CSV/)
          await page.keyboard.press('Tab')
          await page.keyboard.press('Tab')
          expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe('region')
          expect([...seen].some((one) => one.startsWith('A'))).toBe(true)
        },
      )
    }, 60_000)

    test('of a table that is wider than the screen it is said that there is more, as long as there is', async () => {
      await withPage(
        browser,
        pages[kind],
        { viewport: { width: 360, height: 800 } },
        async ({ page }) => {
          await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
          // Tables that are wider, and those of which it is said: what the style sheet moves comes with a frame.
          await until(
            page,
            `(() => {
            const all = [...document.querySelectorAll('.moves')].map(({ children: [table, words] }) => [
              table.scrollWidth > table.clientWidth + 1,
              getComputedStyle(words).visibility === 'visible',
            ])
            return all.some(([wide]) => wide) && all.every(([wide, told]) => wide === told)
          })()`,
          )
          await page.evaluate(
            "for (const one of document.querySelectorAll('.movable')) one.scrollLeft = 1e5",
          )
          await until(
            page,
            "[...document.querySelectorAll('.further')].every((one) => getComputedStyle(one).visibility === 'hidden')",
          )
        },
      )
    }, 60_000)

    test('on paper: black on white, whatever the screen is, and one picture of each', async () => {
      const options = { viewport: { width: 360, height: 800 }, colorScheme: 'dark' } as const
      await withPage(browser, pages[kind], options, async ({ page }) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor')
        expect(paper).toBe('rgb(255, 255, 255)')
        expect(await page.locator('.narrow:visible').count()).toBe(0)
        expect(await page.locator('.wide:visible').count()).toBeGreaterThan(0)
        const pdf = await page.pdf()
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
      })
    }, 60_000)
  })
})
