/** The rows of a comparison with a kernel as one result: they are made apart, and may be on several machines. */
import { InputError } from '../data/errors.js'
import type { Difference, VerifyResult, VerifyRow } from './types.js'

/** What all rows have in common. */
export type VerifyAbout = Pick<VerifyResult, 'kernel' | 'compiler' | 'layout' | 'seed' | 'skipped'>

/** What became of one variant and profile. */
export interface VerifyPart {
  /** Null where the variant was not built. */
  readonly row: VerifyRow | null
  readonly notBuilt: VerifyResult['notBuilt'][number] | null
  /** Of those that were run together each has the same share of their time. */
  readonly seconds: number
}

/** The one whose shortest log is looked for. */
export function firstDifference(rows: readonly VerifyRow[]): Difference | undefined {
  const differing = rows.flatMap(({ difference }) => difference ?? [])
  // What no rule explains is what one wants to see; and what can be shrunk before what hangs.
  const [first] = differing.sort(
    (a, b) =>
      Math.sign(a.rules.length) - Math.sign(b.rules.length) ||
      Number(a.hung) - Number(b.hung) ||
      a.operation - b.operation,
  )
  return first
}

/** Only the first of all has a shortest log; where rows were run apart, each of their firsts has. */
function withoutOthersLogs(rows: readonly VerifyRow[]): VerifyRow[] {
  const first = firstDifference(rows)
  return rows.map((row) =>
    row.difference && row.difference !== first
      ? { ...row, difference: { ...row.difference, again: null, shrunk: null } }
      : row,
  )
}

/**
 * @param parts of all rows, in their order
 * @throws InputError with the compiler's words where none was built
 */
export function joinRows(about: VerifyAbout, parts: readonly VerifyPart[]): VerifyResult {
  const { kernel, compiler, layout, seed, skipped } = about
  const notBuilt = [
    ...new Map(parts.flatMap(({ notBuilt: one }) => (one ? [[one.variant, one]] : []))).values(),
  ]
  const rows = withoutOthersLogs(parts.flatMap(({ row }) => row ?? []))
  const [refused] = notBuilt
  if (rows.length === 0 && refused) throw new InputError(refused.reason)
  return {
    ...{ kernel, compiler, layout, seed, rows, skipped, notBuilt },
    operations: rows.reduce((sum, row) => sum + row.operations, 0),
    differences: rows.filter(({ difference }) => difference !== null).length,
    unexplained: rows.filter(({ difference }) => difference?.rules.length === 0).length,
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}
