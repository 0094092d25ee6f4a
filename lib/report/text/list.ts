/** What there is to run, and what to run it under. */
import type { Until } from '../../results/check.js'
import { table, wrap } from '../words.js'

export interface Listing {
  readonly scenarios: readonly { readonly name: string; readonly description: string }[]
  readonly trackers: readonly {
    readonly name: string
    readonly promise: string
    /** What it says that its promise ends with; null where the addon, which knows it, is missing. */
    readonly until: readonly Until[] | null
    /** Whether who reads used and then the mark never sees used above it; null likewise. */
    readonly reads: boolean | null
    readonly description: string
  }[]
  readonly warnings: readonly string[]
}

const untilWords: Readonly<Record<Until, string>> = { reset: 'reset', transient: 'transient pool' }

const promiseEnd = (until: readonly Until[] | null): string =>
  until === null ? 'not known' : until.map((what) => untilWords[what]).join(', ') || '-'

const promiseToReader = (reads: boolean | null): string =>
  reads === null ? 'not known' : reads ? 'used <= mark' : '-'

export function listText({ scenarios, trackers, warnings }: Listing): string {
  return [
    table(
      ['scenario', 'what runs'],
      scenarios.map(({ name, description }) => [name, description]),
    ),
    '',
    table(
      ['tracker', 'promise', 'until', 'to a reader', 'what it does'],
      trackers.map(({ name, promise, until, reads, description }) => [
        ...[name, promise, promiseEnd(until), promiseToReader(reads), description],
      ]),
    ),
    '',
    wrap(
      'A promise is about the reported high-water mark against the peak that really was. It may hold ' +
        'only until the mark is reset with mappings live, or until a growing pool serves a map from ' +
        'a transient pool. To who reads used and then the mark, while CPUs map and unmap, most ' +
        'promise nothing: they may see used above the mark.',
    ),
    ...warnings.map((text) => wrap(`warning: ${text}`, '  ')),
  ].join('\n')
}
