/** What the folder for a kernel tree is made of: files of this package, byte for byte. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inPackage, version } from '../data/package.js'

/** A file of the folder. */
export interface SelftestFile {
  /** Below the folder. */
  readonly path: string
  readonly text: string
  readonly executable: boolean
}

/** Names this version and all files, so that they are known when the folder is made again. */
export const MADE = 'MADE'

interface Part {
  readonly from: string
  readonly to: string
  /** Which files below `from`. */
  readonly files: RegExp
}

const PARTS: readonly Part[] = [
  {
    from: 'kernel-shim/selftest',
    to: '',
    files: /^(?:Makefile|README|gitignore|run\.sh|\w+\.c|tests\/\w+\.[ch])$/,
  },
  {
    from: 'kernel-shim',
    to: 'shim',
    files: /^(?:build\.sh|kernel\.c|kernel_shim\.h|data\.h|(?:host|kernel|include)\/.*\.[ch])$/,
  },
  {
    from: 'native',
    to: 'lab',
    files: /^(?:(?:kernel|smp|cycles)\.h|(?:rcu|spin_wait)\.[ch]|(?:swiotlb|trackers)\/\w+\.h)$/,
  },
  { from: 'native/engine', to: 'lab/engine', files: /^random\.h$/ },
]

/** npm leaves a file of the other name out of a package. */
const nameOf = (file: string): string => (file === 'gitignore' ? '.gitignore' : file)

const filesOf = ({ from, to, files }: Part): SelftestFile[] =>
  readdirSync(inPackage(from), { recursive: true, encoding: 'utf8' })
    .filter((file) => files.test(file))
    .map((file) => ({
      path: join(to, nameOf(file)),
      text: readFileSync(inPackage(join(from, file)), 'utf8'),
      executable: file.endsWith('.sh'),
    }))

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const HEAD = '# SPDX-License-Identifier: GPL-2.0-only\n# Made by swiotlb-lab '

function madeOf(files: readonly SelftestFile[]): SelftestFile {
  const lines = files.map(({ path, text }) => `${sha256(text)}  ${path}\n`)
  const text = `${HEAD}${version}. To make it again, by this version or another:
#
#   swiotlb-lab export-selftest DIR
#
# where DIR is this folder. What is listed here is replaced then, and nothing else is touched.
# "sha256sum -c MADE" tells which files have been changed since.
${lines.join('')}`
  return { path: MADE, text, executable: false }
}

/** All files of the folder, by path; the last one lists the others. */
export function selftestFiles(): readonly SelftestFile[] {
  const files = PARTS.flatMap(filesOf).sort((a, b) => (a.path < b.path ? -1 : 1))
  return [...files, madeOf(files)]
}

/** A path that stays below the folder. */
const SAFE = /^(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/
const LISTED = /^([0-9a-f]{64}) {2}(.+)$/

/**
 * @param text of a file that lists files
 * @returns their hashes by path; undefined where it was not written by this command
 */
export function readMade(text: string): ReadonlyMap<string, string> | undefined {
  if (!text.startsWith(HEAD)) return undefined
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const listed = lines.map((line) => LISTED.exec(line))
  const files = new Map<string, string>()
  for (const found of listed) {
    const [, hash = '', path = ''] = found ?? []
    if (!SAFE.test(path)) return undefined
    files.set(path, hash)
  }
  return files
}
