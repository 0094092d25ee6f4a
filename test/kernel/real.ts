// A real kernel's source, for tests that need one.
// KERNEL_SOURCE names it; without that, Debian's linux-source-6.12 is taken where it is installed.

import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'

const DEBIAN = '/usr/src/linux-source-6.12.tar.xz'
const source = process.env['KERNEL_SOURCE'] ?? (existsSync(DEBIAN) ? DEBIAN : undefined)
/** Far above what unpacking a kernel takes. */
export const TIMEOUT_MS = 240_000

/** Tests that are skipped, and say so, where there is no source. */
export function withKernel(title: string, tests: (source: string) => void): void {
  if (source !== undefined) describe(title, () => tests(source))
  else
    describe.skip(`${title} (skipped: set KERNEL_SOURCE, or install linux-source-6.12)`, () =>
      tests(''))
}
