/** Whether what came out is a "no". */
import type { Comparison, ReplayRow, Row, RunResult } from '../index.js'
import type { ReplayReport } from '../report/replay.js'
import { Exit, type ExitCode } from './io.js'

/** How the results tell a broken allocator. */
const BROKEN = "the allocator's invariants are broken"

const isBroken = (warnings: readonly string[]): boolean =>
  warnings.some((text) => text.startsWith(BROKEN))

const answer = (no: boolean): ExitCode => (no ? Exit.no : Exit.done)

type Judged = Pick<Comparison, 'warnings'> & { readonly rows: readonly Pick<Row, 'accuracy'>[] }

export function comparisonAnswer({ rows, warnings }: Judged): ExitCode {
  return answer(isBroken(warnings) || rows.some((row) => !row.accuracy.promiseKept))
}

export const runAnswer = (result: RunResult): ExitCode =>
  comparisonAnswer({ rows: [result], warnings: result.warnings })

/** `over` and `under` are no fault where the promise does not speak of that side. */
function promiseKept({ promise, verdict }: ReplayRow): boolean {
  if (verdict === 'over') return promise === 'never under' || promise === 'none'
  if (verdict === 'under') return promise === 'never over' || promise === 'none'
  return true
}

export function replayAnswer({ rows, warnings, sameAsKernel }: ReplayReport): ExitCode {
  return answer(isBroken(warnings) || sameAsKernel === false || !rows.every(promiseKept))
}

/** Several results: "no" when one of them is. */
export const worst = (codes: readonly ExitCode[]): ExitCode => answer(codes.includes(Exit.no))
