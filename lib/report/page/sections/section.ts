/** What a page shows of one result. */
import type { Figure } from '../figure.js'

/** Of results that are the same wherever they are made. */
export const NO_HOST = ['host', 'none: nothing here depends on it'] as const

export interface Section {
  readonly title: string
  /** What was found, a sentence each. */
  readonly findings: readonly string[]
  /** Behind the first finding, where that stands alone: why it is not to be taken for sure. */
  readonly doubt?: string | undefined
  /** What is told at length, folded away. */
  readonly more?: { readonly summary: string; readonly lines: readonly string[] } | undefined
  /** Names and what is so: the pool, the host. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** What is to be read before any figure is believed. */
  readonly warnings: readonly string[]
  readonly figures: readonly Figure[]
  /** How it was made, and how far to trust it. */
  readonly notes: readonly string[]
}
