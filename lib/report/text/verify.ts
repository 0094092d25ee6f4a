/** The port against a kernel's source: what was alike, and the first difference of each profile. */
import { countOf, verbOf } from '../../data/units.js'
import type { Difference, VerifyResult, VerifyRow } from '../../verify/types.js'
import { table, wrap } from '../words.js'

/** Up to this many operations the shortest log is shown and not only written. */
const SHOWN_OPERATIONS = 40

export interface VerifyReport extends VerifyResult {
  /** Where the shortest log was written; null where there is none. */
  readonly written: string | null
}

function outcome({ difference, differing, logs, rules }: VerifyRow): string {
  if (!difference) return 'identical'
  const { operation, field, port, kernel } = difference
  const one = `at operation ${operation + 1}: ${field} ${port}, kernel ${kernel}`
  if (difference.rules.length === 0) return `differs ${one}`
  const why = rules.join(', ')
  return logs === 1
    ? `differs ${one} (${why})`
    : `${differing} of ${logs} logs differ (${why}), one ${one}`
}

function title({ kernel, compiler, layout, seed }: VerifyResult): string {
  const version = kernel.version === null ? '' : ` (Linux ${kernel.version})`
  return wrap(
    `the port against ${kernel.source}${version}, compiled with ${compiler}; ` +
      `areas ${layout.areaLayout}, counters ${layout.counterLayout}, index ${layout.slotIndex}; ` +
      `seed ${seed}`,
  )
}

function shrunkWords(
  { variant, profile, hung, again, shrunk }: Difference,
  written: string | null,
) {
  if (again === false) {
    const which = `The difference of ${variant}, ${profile} was not there a second time:`
    return ['', wrap(`${which} one side depends on something besides the operations.`)]
  }
  if (!shrunk) return []
  const { operations, minimal, line, field, port, kernel, log } = shrunk
  const least = minimal ? 'The shortest log that still differs has' : 'Shrunk, the log has'
  const long = hung
    ? ' (all of it: to shrink it takes too long)'
    : ' (the time for shrinking was over)'
  const cut = minimal ? '' : long
  return [
    '',
    wrap(
      `${least} ${countOf(operations, 'operation')}${cut}` +
        `${written === null ? '' : `; it was written to ${written}`}. Its first difference is ` +
        `after \`${line}\`:`,
    ),
    ...Object.entries({ port, kernel }).map(([side, value]) => {
      const before = `  ${side.padEnd(8)}`
      return wrap(`${field} ${value}`, ' '.repeat(before.length), before)
    }),
    ...(operations <= SHOWN_OPERATIONS || written === null
      ? [
          '',
          ...log
            .trimEnd()
            .split('\n')
            .map((text) => `  ${text}`),
        ]
      : []),
  ]
}

/** The variants that are missing, and why. */
function missing({ skipped, notBuilt }: VerifyResult): string[] {
  return [
    ...skipped.map(({ variant, reason }) => wrap(`skipped: ${variant}: ${reason}`, '  ')),
    ...notBuilt.map(({ variant, reason }) => wrap(`not built: ${variant}: ${reason}`, '  ')),
  ]
}

function verdict({ operations, differences, rows, seconds }: VerifyResult): string {
  const compared = `${operations.toLocaleString('en')} ${verbOf(operations, 'operation', 'operations')}`
  const time = `, in ${seconds.toFixed(1)} s`
  if (differences === 0) return `Identical over ${compared}${time}.`
  return `Different in ${differences} of ${countOf(rows.length, 'row')}; alike for ${compared}${time}.`
}

function rulesWords({ kernel, differences, unexplained }: VerifyResult): string[] {
  const { otherRules } = kernel
  if (otherRules.length === 0) return []
  const explained = differences - unexplained
  const why = [
    ...(explained > 0 ? [`They can explain ${countOf(explained, 'difference')}.`] : []),
    ...(unexplained > 0 ? [`Not explained by any of them: ${unexplained}.`] : []),
  ]
  return [
    '',
    wrap(
      `The port follows Linux 6.12. By the names in its files this tree has other rules. ` +
        why.join(' '),
    ).trimEnd(),
    ...otherRules.map(({ name, words }) => wrap(`- ${name}: ${words}`, '  ')),
  ]
}

export function verifyText(report: VerifyReport): string {
  const differing = report.rows.flatMap(({ difference }) => difference ?? [])
  return [
    title(report),
    '',
    table(
      ['variant', 'log', 'operations alike', 'result'],
      report.rows.map((row) => [
        row.variant,
        row.profile,
        row.operations.toLocaleString('en'),
        outcome(row),
      ]),
      ['operations alike'],
    ),
    ...missing(report),
    '',
    wrap(verdict(report)),
    ...differing.flatMap((difference) => shrunkWords(difference, report.written)),
    ...rulesWords(report),
  ].join('\n')
}
