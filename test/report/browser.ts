// A page in a browser without a window: Debian's chromium, with an empty profile that goes with it.

import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Tests that are skipped, and say so, where there is no browser. */
export function inBrowser(title: string, tests: () => void): void {
  if (existsSync(CHROMIUM)) describe(title, tests)
  else {
    console.warn(`skipped: ${title}: no ${CHROMIUM}; install chromium, or set CHROMIUM`)
    describe.skip(`${title} (skipped: install chromium, or set CHROMIUM)`, tests)
  }
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS })

/** What a page complained of: on the console, and what it could not load. */
export interface Opened {
  readonly page: Page
  readonly complaints: readonly string[]
}

/** Opens a file, looks at it, and closes it. */
export async function withPage<T>(
  browser: Browser,
  file: string,
  options: BrowserContextOptions,
  look: (opened: Opened) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ offline: true, ...options })
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('requestfailed', (request) => complaints.push(request.url()))
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url())
    })
    await page.goto(`file://${file}`)
    return await look({ page, complaints })
  } finally {
    await context.close()
  }
}

/** Waits until this is so in a page, from outside: waitForFunction() does what the page's own policy forbids. */
export async function until(page: Page, expression: string): Promise<void> {
  for (let looks = 0; looks < 200; looks++) {
    if (await page.evaluate(expression)) return
    await page.waitForTimeout(50)
  }
  throw new Error(`not so in 10 s: ${expression}`)
}
