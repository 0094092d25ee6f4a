/** Names of the words in a tracker's structures, read from its file, as far as that tells where they lie. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { trackerNames } from '../native/trackers.js'
import { NATIVE } from './compiler.js'
import { trackerSource } from './files.js'
import type { SourceFile } from './sources.js'

/** A word, and where in its structure it lies. */
export interface Field {
  readonly name: string
  readonly at: number
  readonly bytes: number
  /** Of an array: bytes of each. */
  readonly each: number
  /** It may be negative, and has fewer than eight bytes: those of eight are all told with a sign. */
  readonly signed: boolean
}

/** Of each structure those from its begin on; behind the first that is not understood, none. */
export type Words = Readonly<
  Record<'tracker_mem' | 'tracker_area' | 'tracker_cold', readonly Field[]>
>

/** Of what a kernel's words are made of; each lies on a multiple of its size. */
const sizes: Readonly<Record<string, number>> = {
  u8: 1,
  bool: 1,
  char: 1,
  'unsigned char': 1,
  u16: 2,
  short: 2,
  'unsigned short': 2,
  u32: 4,
  int: 4,
  unsigned: 4,
  'unsigned int': 4,
  spinlock_t: 4,
  u64: 8,
  s64: 8,
  long: 8,
  'unsigned long': 8,
  atomic_long_t: 8,
}
/** Where the file is compiled, with what that compiler takes a `char` for. */
const signedTypes = process.arch === 'x64' ? ['char', 'short', 'int'] : ['short', 'int']
const numbers: Readonly<Record<string, number>> = {
  NR_CPUS: 1024,
  SMP_CACHE_BYTES: 64,
  CACHE_LINE_PAIR: 128,
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const DECLARATION = /^((?:unsigned )?\w+) (.+)$/
const DECLARATOR = /^(\w+)(?:\[(\w+)\])?$/

/** What stands between its braces; undefined unless there is one such structure. */
function bodyOf(code: string, structure: string): string | undefined {
  const bodies = [...code.matchAll(new RegExp(`struct ${structure} \\{([^{}]*)\\}`, 'g'))]
  return bodies.length === 1 ? bodies[0]?.[1] : undefined
}

function fieldsOf(body: string): Field[] {
  const fields: Field[] = []
  let end = 0
  for (const statement of body.split(';').map((text) => text.trim().replace(/\s+/g, ' '))) {
    const [, type = '', names = ''] = DECLARATION.exec(statement) ?? []
    const each = sizes[type]
    if (each === undefined) break
    for (const declarator of names.split(', ')) {
      const [, name, count] = DECLARATOR.exec(declarator) ?? []
      const times = count === undefined ? 1 : (numbers[count] ?? Number(count))
      if (name === undefined || !(times > 0)) return fields
      const at = Math.ceil(end / each) * each
      end = at + each * times
      fields.push({ name, at, bytes: end - at, each, signed: signedTypes.includes(type) })
    }
  }
  return fields
}

/** @param texts of the tracker's file and those that it includes */
export function wordsOf(texts: readonly string[]): Words {
  const code = texts.join('\n').replace(COMMENT, ' ')
  const fields = (structure: string): Field[] => fieldsOf(bodyOf(code, structure) ?? '')
  return {
    tracker_mem: fields('tracker_mem'),
    tracker_area: fields('tracker_area'),
    tracker_cold: fields('tracker_cold'),
  }
}

/** The file, and what it includes of the folder of trackers. */
function textsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const included = [...text.matchAll(/^#include "(trackers\/\w+\.h)"/gm)]
    .map(([, name = '']) => join(NATIVE, name))
    .filter((other) => other !== path)
  return [text, ...included.flatMap(textsOf)]
}

/** Of tracker files that this process has loaded, by name. */
const loaded = new Map<string, Words>()

/** Of a tracker file that is loaded under this name from now on. */
export function noteWords(name: string, files: readonly SourceFile[]): void {
  loaded.set(name, wordsOf(files.map(({ text }) => text)))
}

/** Of a tracker of the list, or of a file that was loaded. */
export function wordsOfTracker(name: string): Words {
  const listed = trackerNames.some((one) => one === name)
  return listed ? wordsOf(textsOf(trackerSource(name))) : (loaded.get(name) ?? wordsOf([]))
}

/** The one with the byte at `at`; undefined for what is in none of them. */
export const fieldAt = (fields: readonly Field[], at: number): Field | undefined =>
  fields.find((one) => one.at <= at && at < one.at + one.bytes)

/** `used_hiwater`, `marks[3]` */
export function placeIn(field: Field, at: number): string {
  const { name, each, bytes } = field
  const inside = at - field.at
  const rest = inside % each > 0 ? `+${inside % each}` : ''
  return (each === bytes ? name : `${name}[${Math.floor(inside / each)}]`) + rest
}
