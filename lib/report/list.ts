/** What there is to run, and what to run it under. */
import { table, wrap } from './text.js'

export interface Listing {
  readonly scenarios: readonly { readonly name: string; readonly description: string }[]
  readonly trackers: readonly {
    readonly name: string
    readonly promise: string
    readonly description: string
  }[]
}

export function listText({ scenarios, trackers }: Listing): string {
  return [
    table(
      ['scenario', 'what runs'],
      scenarios.map(({ name, description }) => [name, description]),
    ),
    '',
    table(
      ['tracker', 'promise', 'what it does'],
      trackers.map(({ name, promise, description }) => [name, promise, description]),
    ),
    '',
    wrap('A promise is about the reported high-water mark against the peak that really was.'),
  ].join('\n')
}
