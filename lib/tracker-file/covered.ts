/** Which of a tracker file's code no schedule ran: of one search, or of several that make one. */
import { basename } from 'node:path'
import type { Coverage, Unreached } from '../results/check.js'
import { digestOf } from '../shards/line.js'
import { type Extent, functionsOf } from './functions.js'
import type { Absent, SourceFile } from './sources.js'

/** A tracker's code, and where schedules came. Plain data. */
export interface Covered {
  /** The tracker file, and those that it includes. */
  readonly files: readonly {
    readonly name: string
    /** Of its text: another constant moves no place. */
    readonly digest: string
    readonly functions: readonly Extent[]
  }[]
  /** Of its code: file, line and column, as `0:12:3`. */
  readonly places: readonly string[]
  /** For each of them 1 if a schedule ran it, else 0. */
  readonly reached: string
  /** Functions that were not compiled. */
  readonly absent: readonly Absent[]
  /** Whether the compiler told where code runs. */
  readonly told: boolean
}

/**
 * @param files the tracker file, and those that it includes
 * @param blocks the places of each block of their code, as coverBlocks() gives them
 * @param ran for each block whether a schedule ran it
 * @param absent functions that were not compiled
 */
export function coveredOf(
  files: readonly SourceFile[],
  blocks: readonly (readonly string[])[],
  ran: ArrayLike<number>,
  absent: readonly Absent[],
): Covered {
  const reached = new Set(blocks.filter((_, i) => ran[i]).flat())
  const places = [...new Set(blocks.flat())]
  return {
    files: files.map(({ path, text }) => ({
      name: basename(path),
      digest: digestOf(text),
      functions: functionsOf(text),
    })),
    places,
    reached: places.map((at) => (reached.has(at) ? '1' : '0')).join(''),
    absent,
    told: ran.length > 0 && ran.length === blocks.length,
  }
}

/** Of searches on the same code, all of which made the same of it: what any of them ran. */
export function joinCovered(first: Covered, ...others: readonly Covered[]): Covered {
  const all = [first, ...others]
  const reached = first.places.map((_, i) =>
    all.some((one) => one.reached[i] === '1') ? '1' : '0',
  )
  return { ...first, reached: reached.join('') }
}

/** What is known of a line: how many places have code, and at how many it ran. */
interface Line {
  readonly line: number
  readonly places: number
  readonly reached: number
}

/** Of the file with this number. */
function linesOf(file: number, { places: all, reached: flags }: Covered): Line[] {
  const lines = new Map<number, Line>()
  for (const [i, at] of all.entries()) {
    const [number, line = 0] = at.split(':').map(Number)
    if (number !== file) continue
    const { places, reached } = lines.get(line) ?? { places: 0, reached: 0 }
    lines.set(line, { line, places: places + 1, reached: reached + Number(flags[i]) })
  }
  return [...lines.values()].sort((a, b) => a.line - b.line)
}

function unreachedIn(functions: readonly Extent[], lines: readonly Line[]): Unreached[] {
  const extentOf = ({ line }: Line): Extent | undefined =>
    functions.find(({ from, to }) => from <= line && line <= to)
  const entered = new Set(lines.filter(({ reached }) => reached > 0).map(extentOf))
  const found = new Map<string, Unreached>()
  for (const one of lines) {
    if (one.reached === one.places) continue
    const extent = extentOf(one)
    const name = extent?.name ?? null
    const whole = extent !== undefined && !entered.has(extent)
    const what = whole ? 'function' : one.reached > 0 ? 'part' : 'line'
    const line = whole ? extent.from : one.line
    found.set(`${line} ${what}`, { function: name, line, what })
  }
  return [...found.values()]
}

/** In the order of the files. */
function unreachedOf(covered: Covered): Unreached[] {
  return covered.files.flatMap(({ name: file, functions }, i) => {
    const missing = covered.absent
      .filter((one) => one.file === i)
      .map(({ function: name, line }) => ({ function: name, line, what: 'absent' }) as const)
    const found = [...unreachedIn(functions, linesOf(i, covered)), ...missing]
    return i === 0 ? found : found.map((one) => ({ ...one, file }))
  })
}

export function coverageOf(covered: Covered): Coverage {
  if (!covered.told) return { known: false, why: 'its compiler does not tell where code runs' }
  if (covered.places.length === 0 && covered.absent.length === 0)
    return {
      known: false,
      why: "none that was compiled is of its file, and the lab's own headers are not counted",
    }
  return { known: true, unreached: unreachedOf(covered) }
}
