/** What was timed, and what its samples amount to. */
import { quartile as quartileOf } from '../measure/statistics.js'

/** As enum lab_figure has them; the shares of lines kept follow, then their delays, then the copies. */
export const figures = [
  'own',
  'atomic',
  'lock',
  'handoff',
  'contended',
  'taken',
  'ticket',
  'mapRunCounts',
  'mapBitmap',
  'unmapRunCounts',
  'unmapBitmap',
  'few',
  'clock',
  'readFar',
  'readAbove',
  'readBelow',
  'readNext',
  'readSame',
] as const
export type Figure = (typeof figures)[number]

/** Nanoseconds, or a share from 0 to 1: median and quartiles of the samples. */
export interface Measure {
  readonly what: string
  readonly median: number
  readonly low: number
  readonly high: number
  readonly samples: number
}

/** Samples that are none, NaN, are left out. */
export function measureOf(what: string, samples: readonly number[]): Measure {
  const sorted = samples.filter((ns) => !Number.isNaN(ns)).sort((a, b) => a - b)
  const at = (share: 0.25 | 0.5 | 0.75): number =>
    sorted.length > 0 ? quartileOf(sorted, share) : Number.NaN
  return { what, median: at(0.5), low: at(0.25), high: at(0.75), samples: sorted.length }
}

export const words = (ns: number): string => `${Number(ns.toPrecision(3))} ns`
