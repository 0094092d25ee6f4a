/** The answer of `explain`. */
import type { Told } from '../boot/told.js'

/** In the order in which they must be solved. */
export const causes = [
  'other-pool',
  'no-pool',
  'reduced',
  'ignored-parameter',
  'unreachable',
  'too-large',
  'misaligned',
  'coherent',
  'exhausted',
  'fragmented',
  'nearly-full',
  'unknown',
  'leak',
  'grows',
  'counter-bug',
  'not-tracked',
  'oversized',
] as const

export type Cause = (typeof causes)[number]

/** One cause, with the evidence and the advice. Slots are of 2 KiB. */
export interface Finding {
  readonly cause: Cause
  /** Follows from arithmetic or from the kernel's rules; else it is likely and no more. */
  readonly certain: boolean
  /** Not certain, and not likely either: something else is as likely. */
  readonly possible: boolean
  /** The machine, where the lines are of several; else null. */
  readonly host: string | null
  /** As the lines name it; null where they do not. */
  readonly device: string | null
  /** The largest request of these lines. */
  readonly requestBytes: number | null
  /** Slots that it needs, padding that the kernel added included. */
  readonly neededSlots: number | null
  readonly totalSlots: number | null
  /** Of the line with that request; of several the one that tells most. */
  readonly usedSlots: number | null
  readonly freeSlots: number | null
  /** The lines of the text that it is told from, from 1. */
  readonly lines: readonly number[]
  /**
   * Lines that the kernel or the log left out, as it says; null where nothing failed, and where several
   * devices failed in the same boot: then `warnings` have them, as nobody knows whose they are.
   */
  readonly suppressed: number | null
  /** Failed mappings that were told, and those that were left out; null where nothing failed. */
  readonly failuresAtLeast: number | null
  /** What to do, a sentence each. */
  readonly advice: readonly string[]
  /** What these lines cannot tell, and the command that would. */
  readonly unknown: readonly string[]
}

/** A pool as the text tells of it. */
export interface ToldPool {
  /** The machine, where the lines are of several; else null. */
  readonly host: string | null
  readonly slots: number
  readonly bytes: number
  readonly areas: number | null
  /** The lines of the text that it is told from, from 1. */
  readonly from: readonly number[]
}

/** What a text of a kernel says of its bounce buffers. */
export interface Explanation {
  readonly findings: readonly Finding[]
  readonly pools: readonly ToldPool[]
  /**
   * The last command line of the text, as `param` reads it; null where there is none, and where the lines
   * are of several machines.
   */
  readonly commandLine: Told | null
  /** What else the lines say, and what was not understood. */
  readonly warnings: readonly string[]
}

/** A finding, and why. */
export interface Reasoned extends Finding {
  /** The argument, a sentence each. */
  readonly reasons: readonly string[]
  /** The size of the pool that the advice says to ask for; null where it names none. */
  readonly askSlots: number | null
}

/** An explanation with the arguments, for reports. */
export interface Diagnosis extends Explanation {
  readonly findings: readonly Reasoned[]
  /** Lines of the text, as it came. */
  readonly source: readonly string[]
}
