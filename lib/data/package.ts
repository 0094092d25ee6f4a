/** This package: its version, and where its files are. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Above lib/ and dist/ alike, however deep in it this code is: in the package it is in a bundle. */
function findRoot(): string {
  const from = dirname(fileURLToPath(import.meta.url))
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (at === dirname(at)) throw new Error(`no package.json above ${from}`)
  }
}

export const packageRoot: string = findRoot()

/** A file or folder of the package. */
export const inPackage = (path: string): string => join(packageRoot, path)

export const { version } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as {
  readonly version: string
}
