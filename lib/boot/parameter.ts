/**
 * How a kernel reads the value of `swiotlb=`: from left to right, each part in its place, and what is
 * left over is dropped without a word.
 */
import { SEGMENT_SLOTS } from '../data/units.js'
import { type Family, hasAreas } from './family.js'

export type Bounce = 'force' | 'noforce'

/** What one value of `swiotlb=` says to a kernel. */
export interface Reading {
  /** The number as it is written, before any rounding; null where the kernel finds none. */
  readonly slots: number | null
  readonly areas: number | null
  readonly bounce: Bounce | null
  readonly trackHiwater: boolean
  /** What the kernel never looks at; empty when it reads all. */
  readonly dropped: string
}

/** Beyond any memory; larger numbers are told apart no more. */
export const MOST_SLOTS = 2 ** 42

const digitsOf: Readonly<Record<number, RegExp>> = {
  8: /^[0-7]+/,
  10: /^\d+/,
  16: /^[\da-f]+/i,
}

interface Taken {
  readonly value: number
  readonly rest: string
}

/** C's strtoul() with base 0: `0x` is hexadecimal and a leading 0 octal; 64 bits, wrapping. */
function takeNumber(text: string): Taken {
  const hexadecimal = /^0x[\da-f]/i.test(text)
  const base = hexadecimal ? 16 : text.startsWith('0') ? 8 : 10
  const body = hexadecimal ? text.slice(2) : text
  const digits = digitsOf[base]?.exec(body)?.[0] ?? ''
  const prefix = base === 16 ? '0x' : base === 8 ? '0o' : ''
  const value = digits === '' ? 0n : BigInt.asUintN(64, BigInt(prefix + digits))
  const most = BigInt(MOST_SLOTS)
  return { value: Number(value > most ? most : value), rest: body.slice(digits.length) }
}

const isDigit = (text: string): boolean => /^\d/.test(text)
const skipComma = (text: string): string => (text.startsWith(',') ? text.slice(1) : text)

const WORDS = ['force', 'noforce'] as const
const TRACK = 'track_hiwater'

/** Reads a value as a kernel of this family does. */
export function readParameter(value: string, family: Family): Reading {
  let rest = value
  let slots: number | null = null
  let areas: number | null = null
  if (isDigit(rest)) ({ value: slots, rest } = takeNumber(rest))
  rest = skipComma(rest)
  if (hasAreas(family)) {
    if (isDigit(rest)) ({ value: areas, rest } = takeNumber(rest))
    rest = skipComma(rest)
  }
  // Before 7.3 the whole rest must be the word; since then it is enough that it begins with it.
  const fits = (word: string) => (family === '7.3' ? rest.startsWith(word) : rest === word)
  const bounce = WORDS.find(fits) ?? null
  if (bounce) rest = rest.slice(bounce.length)
  let trackHiwater = false
  if (family === '7.3') {
    const last = skipComma(rest)
    trackHiwater = last.startsWith(TRACK)
    if (trackHiwater) rest = last.slice(TRACK.length)
  }
  return { slots, areas, bounce, trackHiwater, dropped: rest }
}

/** As the kernel rounds a number of slots: up to whole segments. */
export const wholeSegments = (slots: number): number =>
  Math.ceil(slots / SEGMENT_SLOTS) * SEGMENT_SLOTS
