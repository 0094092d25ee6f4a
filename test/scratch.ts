// A folder for the files of a test file, which goes with its tests.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'

export interface Scratch {
  readonly folder: string
  /** Writes a file there; gives its path. */
  readonly file: (name: string, contents: string | Buffer) => string
}

export function scratchFolder(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    file: (name, contents) => {
      const path = join(folder, name)
      writeFileSync(path, contents)
      return path
    },
  }
}
