/** Whether what came out is a "no". */
import type {
  Comparison,
  ComparisonWithFiles,
  Row,
  RunResult,
  TrackerFileRun,
} from '../../index.js'
import type { ReplayReport } from '../../report/text/replay.js'
import { Exit, type ExitCode } from './io.js'

const answer = (no: boolean): ExitCode => (no ? Exit.no : Exit.done)

type Judged = Pick<Comparison, 'broken'> & { readonly rows: readonly Pick<Row, 'accuracy'>[] }

export function comparisonAnswer({ rows, broken }: Judged): ExitCode {
  return answer(broken !== null || rows.some((row) => !row.accuracy.promiseKept))
}

/** A tracker of the user's own that failed is a "no" too, whatever the others did. */
export const filesAnswer = (comparison: ComparisonWithFiles): ExitCode =>
  comparison.own.some(({ faults }) => faults.length > 0) ? Exit.no : comparisonAnswer(comparison)

/** The same of a file alone. */
export const fileRunAnswer = ({ faults, result }: TrackerFileRun): ExitCode =>
  faults.length > 0 || !result ? Exit.no : runAnswer(result)

export const runAnswer = (result: RunResult): ExitCode =>
  comparisonAnswer({ rows: [result], broken: result.broken })

export function replayAnswer({ rows, broken, sameAsKernel, own }: ReplayReport): ExitCode {
  if (own?.some(({ faults }) => faults.length > 0)) return Exit.no
  const kept = rows.every((row) => row.promiseKept || row.endedByReset)
  return answer(broken !== null || sameAsKernel === false || !kept)
}

/** Several results: "no" when one of them is. */
export const worst = (codes: readonly ExitCode[]): ExitCode => answer(codes.includes(Exit.no))
