/** What there is to run, and what to run it under. */
import type { Until } from '../virtual/types.js'
import { table, wrap } from './text.js'

export interface Listing {
  readonly scenarios: readonly { readonly name: string; readonly description: string }[]
  readonly trackers: readonly {
    readonly name: string
    readonly promise: string
    /** What it says that its promise ends with. */
    readonly until: readonly Until[]
    readonly description: string
  }[]
}

const untilWords: Readonly<Record<Until, string>> = { reset: 'reset', transient: 'transient pool' }

export function listText({ scenarios, trackers }: Listing): string {
  return [
    table(
      ['scenario', 'what runs'],
      scenarios.map(({ name, description }) => [name, description]),
    ),
    '',
    table(
      ['tracker', 'promise', 'until', 'what it does'],
      trackers.map(({ name, promise, until, description }) => [
        ...[name, promise, until.map((what) => untilWords[what]).join(', ') || '-', description],
      ]),
    ),
    '',
    wrap(
      'A promise is about the reported high-water mark against the peak that really was. It may hold ' +
        'only until the mark is reset with mappings live, or until a growing pool serves a map from ' +
        'a transient pool.',
    ),
  ].join('\n')
}
