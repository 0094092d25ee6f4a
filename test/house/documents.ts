/** The papers that people read, and what in them is code. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(__dirname, '../..')
export const read = (file: string): string => readFileSync(join(root, file), 'utf8')

export function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name !== 'instances')
    .map((name) => join(folder, name))
    .flatMap((file) => {
      if (statSync(join(root, file)).isDirectory()) return filesUnder(file, ending)
      return ending.test(file) ? [file] : []
    })
}

const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'))

export const documents: readonly string[] = [
  ...atRoot,
  'kernel-shim/README.md',
  ...filesUnder('docs', /\.md$/),
]

const FENCE = /^```\w*\n(.*?)^```$/gms

/** Text without its fenced lines. */
export const outsideFences = (text: string): string => text.replace(FENCE, '')

/** Code of a document: its fenced lines, and its spans; each a line. */
export function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(FENCE)].flatMap(([, code = '']) => code.split('\n'))
  const spans = [...outsideFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...fenced, ...spans]
}
