/** This package: its version, and where its files are. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const manifest = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string
}

export const { version } = manifest

/** A file of the package. lib/data/ and dist/data/ are both two levels below its root. */
export const inPackage = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))
