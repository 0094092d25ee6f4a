/** What a page shows of one result. */
import type { Figure } from '../figure.js'

/** Of results that are the same wherever they are made. */
export const NO_HOST = ['host', 'none: nothing here depends on it'] as const

export interface Section {
  readonly title: string
  /** What was found, a sentence each. */
  readonly findings: readonly string[]
  /** Names and what is so: the pool, the host. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** What is to be read before any figure is believed. */
  readonly warnings: readonly string[]
  readonly figures: readonly Figure[]
  /** How it was made, and how far to trust it. */
  readonly notes: readonly string[]
}
