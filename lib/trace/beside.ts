/** What lies in the folder of a trace: the notes of its recording, as a capture's tar has them. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError } from '../data/errors.js'
import { countOf } from '../data/units.js'
import { DMESG, MAX_SMALL_BYTES, META, NOTES, remarksOf, withPoolLines } from './capture.js'
import { isOfScript, type Notes, parseNotes } from './notes.js'

const beside = (trace: string, name: string): string => join(dirname(trace), name)

/** Undefined where there is none that can be read. Throws InputError for one of more bytes. */
function textOf(file: string, most: number): string | undefined {
  let size: number
  try {
    const stat = statSync(file)
    if (!stat.isFile()) return undefined
    size = stat.size
    if (size <= most) return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  throw new InputError(`${file} has ${size} bytes; expected at most ${most}`)
}

const metaOf = (trace: string): string | undefined =>
  textOf(beside(trace, META), Number.POSITIVE_INFINITY)

/**
 * The meta.json in the folder of a trace, with what the dmesg.txt there says beyond it where the
 * capture script wrote them; undefined where there is none. Throws InputError.
 */
export function notesBeside(trace: string): Notes | undefined {
  const meta = metaOf(trace)
  if (meta === undefined) return undefined
  const notes = parseNotes(beside(trace, META), meta)
  if (!isOfScript(meta)) return notes
  return withPoolLines(notes, textOf(beside(trace, DMESG), MAX_SMALL_BYTES) ?? '')
}

/** What is the same in the notes of all parts of one recording. */
const ALIKE: readonly {
  readonly of: (notes: Notes) => number | bigint | undefined
  readonly words: (value: number | bigint) => string
}[] = [
  { of: ({ hints }) => hints.nslabs, words: (slots) => countOf(Number(slots), 'slot') },
  { of: ({ hints }) => hints.nareas, words: (areas) => countOf(Number(areas), 'area') },
  { of: ({ hints }) => hints.start, words: (start) => `a pool at 0x${start.toString(16)}` },
  { of: ({ cpus }) => cpus, words: (cpus) => countOf(Number(cpus), 'CPU') },
]

function checkAlike(one: Notes, other: Notes): void {
  for (const { of, words } of ALIKE) {
    const [a, b] = [of(one), of(other)]
    if (a === undefined || b === undefined || a === b) continue
    throw new InputError(
      `--join: ${one.file} says ${words(a)}, and ${other.file} ${words(b)}; expected parts of one recording`,
    )
  }
}

/** One of them in each folder. */
const oneEach = (parts: readonly string[]): string[] => [
  ...new Map(parts.map((part) => [dirname(part), part])).values(),
]

/** What the second says where the first is silent; slots that were in use before are the first's. */
function filledIn(one: Notes, other: Notes): Notes {
  checkAlike(one, other)
  const { usedBefore: _, ...hints } = other.hints
  return { ...one, cpus: one.cpus ?? other.cpus, hints: { ...hints, ...one.hints } }
}

/**
 * The notes beside the parts of one recording, as one: what was lost of each, and the highest mark;
 * undefined where there are none. Throws InputError where they tell of different machines or boots.
 */
export function notesBesideAll(parts: readonly string[]): Notes | undefined {
  const all = oneEach(parts).flatMap((part) => notesBeside(part) ?? [])
  if (all.length === 0) return undefined
  const marks = all.flatMap(({ hiwaterSlots }) => hiwaterSlots ?? [])
  return {
    ...all.reduce(filledIn),
    hiwaterSlots: marks.length === 0 ? undefined : Math.max(...marks),
    losses: all.flatMap(({ losses }) => losses),
  }
}

/** What the capture script noted in the folder of a trace. Throws InputError. */
export function remarksBeside(trace: string): readonly string[] {
  const meta = metaOf(trace)
  if (meta === undefined || !isOfScript(meta)) return []
  return remarksOf(textOf(beside(trace, NOTES), MAX_SMALL_BYTES) ?? '')
}

/** The same of the parts of one recording, each once. */
export const remarksBesideAll = (parts: readonly string[]): string[] => [
  ...new Set(oneEach(parts).flatMap(remarksBeside)),
]
