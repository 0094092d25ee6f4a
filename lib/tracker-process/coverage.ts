/** Which of a tracker file's code no schedule ran. */
import { basename } from 'node:path'
import { addon } from '../native/addon.js'
import type { CheckResult, Coverage, Unreached } from '../results/check.js'
import { type Extent, functionsOf } from '../tracker-file/functions.js'
import type { Absent, SourceFile } from '../tracker-file/sources.js'
import type { BuiltTracker } from '../tracker-file/types.js'

/** What is known of a line: how many places have code, and at how many it ran. */
interface Line {
  readonly line: number
  readonly places: number
  readonly reached: number
}

/** Of the file with this number. */
function linesOf(
  file: number,
  blocks: readonly (readonly string[])[],
  ran: ArrayLike<number>,
): Line[] {
  const reached = new Set(blocks.filter((_, i) => ran[i]).flat())
  const lines = new Map<number, Line>()
  for (const at of new Set(blocks.flat())) {
    const [number, line = 0] = at.split(':').map(Number)
    if (number !== file) continue
    const { places, reached: some } = lines.get(line) ?? { places: 0, reached: 0 }
    lines.set(line, { line, places: places + 1, reached: some + (reached.has(at) ? 1 : 0) })
  }
  return [...lines.values()].sort((a, b) => a.line - b.line)
}

function unreachedIn(text: string, lines: readonly Line[]): Unreached[] {
  const functions = functionsOf(text)
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

/**
 * @param files the tracker file, and those that it includes
 * @param blocks the places of each block of their code, as coverBlocks() gives them
 * @param ran for each block whether a schedule ran it
 * @param absent functions that were not compiled
 * @returns in the order of the files
 */
export function unreachedOf(
  files: readonly SourceFile[],
  blocks: readonly (readonly string[])[],
  ran: ArrayLike<number>,
  absent: readonly Absent[],
): Unreached[] {
  return files.flatMap(({ path, text }, i) => {
    const missing = absent
      .filter(({ file }) => file === i)
      .map(({ function: name, line }) => ({ function: name, line, what: 'absent' }) as const)
    const found = [...unreachedIn(text, linesOf(i, blocks, ran)), ...missing]
    return i === 0 ? found : found.map((one) => ({ ...one, file: basename(path) }))
  })
}

/** A search's answer with what of the files its schedules have not run. */
export function checkWithCoverage(
  result: CheckResult,
  { name, files, blocks, absent }: Pick<BuiltTracker, 'name' | 'files' | 'blocks' | 'absent'>,
): CheckResult {
  if (!result.coverage) return result
  const ran = addon().trackerBlocks(addon().trackers().indexOf(name))
  return { ...result, coverage: coverageOf(files, blocks, ran, absent) }
}

export function coverageOf(
  files: readonly SourceFile[],
  blocks: readonly (readonly string[])[],
  ran: ArrayLike<number>,
  absent: readonly Absent[],
): Coverage {
  if (ran.length === 0 || ran.length !== blocks.length)
    return { known: false, why: 'its compiler does not tell where code runs' }
  if (blocks.flat().length === 0 && absent.length === 0)
    return {
      known: false,
      why: "none that was compiled is of its file, and the lab's own headers are not counted",
    }
  return { known: true, unreached: unreachedOf(files, blocks, ran, absent) }
}
