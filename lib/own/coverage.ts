/** Which of a tracker file's code no schedule ran. */
import { readFileSync } from 'node:fs'
import { addon } from '../addon.js'
import type { CheckResult } from '../virtual/check.js'
import type { Coverage, Unreached } from '../virtual/types.js'
import type { BuiltTracker } from './types.js'

interface Extent {
  readonly name: string
  /** The line of its name, and that of its last brace. */
  readonly from: number
  readonly to: number
}

/** Comments, strings, and directives with all their lines. */
const WORDS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*/gm
const ATTRIBUTE = /__attribute__\s*\(\(.*?\)\)/gs
/** What stands before a function's body: its name, and its parameters. */
const HEAD = /([A-Za-z_]\w*)\s*\([^;{}]*\)[^;{}()=]*$/

/** Lines and places stay. */
const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The functions that a C file defines. */
export function functionsOf(text: string): readonly Extent[] {
  const code = text.replace(WORDS, blank).replace(ATTRIBUTE, blank)
  const functions: Extent[] = []
  const lineAt = (at: number): number => code.slice(0, at).split('\n').length
  let depth = 0
  let begun = 0
  let head: Omit<Extent, 'to'> | undefined
  for (const { 0: mark, index } of code.matchAll(/[{};]/g)) {
    if (mark === '{' && depth++ === 0) {
      const found = HEAD.exec(code.slice(begun, index))
      head = found?.[1] ? { name: found[1], from: lineAt(begun + found.index) } : undefined
    } else if (mark === '}' && --depth === 0 && head) {
      functions.push({ ...head, to: lineAt(index) })
      head = undefined
    }
    if (depth === 0) begun = index + 1
  }
  return functions
}

/** What is known of a line: how many places have code, and at how many it ran. */
interface Line {
  readonly line: number
  readonly places: number
  readonly reached: number
}

function linesOf(blocks: readonly (readonly string[])[], ran: ArrayLike<number>): Line[] {
  const reached = new Set(blocks.filter((_, i) => ran[i]).flat())
  const lines = new Map<number, Line>()
  for (const at of new Set(blocks.flat())) {
    const line = Number.parseInt(at, 10)
    const { places, reached: some } = lines.get(line) ?? { places: 0, reached: 0 }
    lines.set(line, { line, places: places + 1, reached: some + (reached.has(at) ? 1 : 0) })
  }
  return [...lines.values()].sort((a, b) => a.line - b.line)
}

/**
 * @param text the tracker file
 * @param blocks the places of each block of its code, as coverBlocks() gives them
 * @param ran for each block whether a schedule ran it
 * @returns in the order of the file
 */
export function unreachedOf(
  text: string,
  blocks: readonly (readonly string[])[],
  ran: ArrayLike<number>,
): Unreached[] {
  const functions = functionsOf(text)
  const lines = linesOf(blocks, ran)
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

/** A search's answer with what of the file its schedules have not run. */
export function checkWithCoverage(
  result: CheckResult,
  { name, source, blocks }: Pick<BuiltTracker, 'name' | 'source' | 'blocks'>,
): CheckResult {
  if (!result.coverage) return result
  const ran = addon().trackerBlocks(addon().trackers().indexOf(name))
  const known = ran.length > 0 && ran.length === blocks.length
  const coverage: Coverage = known
    ? { known, unreached: unreachedOf(readFileSync(source, 'utf8'), blocks, ran) }
    : { known, why: 'its compiler does not tell where code runs' }
  return { ...result, coverage }
}
