/** Whether what came out is a "no". */
import type { Comparison, OwnComparison, Row, RunResult } from '../index.js'
import type { ReplayReport } from '../report/replay.js'
import { Exit, type ExitCode } from './io.js'

const answer = (no: boolean): ExitCode => (no ? Exit.no : Exit.done)

type Judged = Pick<Comparison, 'broken'> & { readonly rows: readonly Pick<Row, 'accuracy'>[] }

export function comparisonAnswer({ rows, broken }: Judged): ExitCode {
  return answer(broken !== null || rows.some((row) => !row.accuracy.promiseKept))
}

/** A tracker of the user's own that failed is a "no" too, whatever the others did. */
export const ownAnswer = (comparison: OwnComparison): ExitCode =>
  comparison.own.some(({ faults }) => faults.length > 0) ? Exit.no : comparisonAnswer(comparison)

export const runAnswer = (result: RunResult): ExitCode =>
  comparisonAnswer({ rows: [result], broken: result.broken })

export function replayAnswer({ rows, broken, sameAsKernel }: ReplayReport): ExitCode {
  const kept = rows.every((row) => row.promiseKept || row.endedByReset)
  return answer(broken !== null || sameAsKernel === false || !kept)
}

/** Several results: "no" when one of them is. */
export const worst = (codes: readonly ExitCode[]): ExitCode => answer(codes.includes(Exit.no))
