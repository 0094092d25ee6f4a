/** Lines of a log, and what `explain` says of them. */
import { diagnose, explain } from '../../lib/explain/explain.js'
import { explainText } from '../../lib/report/text/explain.js'

export const full = (
  sz: number,
  total: number,
  used: number | bigint,
  device = 'nvme 0000:00:04.0',
): string =>
  `${device}: swiotlb buffer is full (sz: ${sz} bytes), total ${total} (slots), used ${used} (slots)`

export const text = (...lines: string[]): string => lines.join('\n')

/** The text, on one line. */
export const words = (log: string): string => explainText(diagnose(log)).replace(/\s+/g, ' ')

export const adviceOf = (log: string, cause: string): string =>
  explain(log)
    .findings.filter((one) => one.cause === cause)
    .flatMap(({ advice }) => advice)
    .join(' ')

/** The sizes that the advice names as something to boot with. */
export const named = (log: string): number[] =>
  [
    ...explain(log)
      .findings.flatMap(({ advice }) => advice)
      .join(' ')
      .matchAll(/swiotlb=(\d+)/g),
  ].map(([, slots]) => Number(slots))
