/** Values of options; each error names the option and what was expected. */
import { type Family, families, familyOf, parseVersion } from '../../boot/family.js'
import { oneOf } from '../../data/errors.js'
import { bytesWithUnit, parseDuration } from '../../data/units.js'
import { InputError, parseSlots, type TrackerName, trackers } from '../../index.js'
import { limits } from '../../scenario/schema.js'
import { shellWord } from './next-step.js'

/** A reader of one option's value. */
type Parser<T> = (text: string) => T

const refuse = (option: string, expected: string, text: string): never => {
  throw new InputError(`${option}: expected ${expected}, not "${text}"`)
}

/** `--cost-model` for `costModel`. */
export const optionOf = (flag: string): string =>
  `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The named options as they were given, to be typed again: ` --cost-model published`. */
export const givenArgs = <T extends object>(
  flags: T,
  names: readonly (keyof T & string)[],
): string =>
  names
    .flatMap((name) =>
      flags[name] === undefined ? [] : [` ${optionOf(name)} ${shellWord(`${flags[name]}`)}`],
    )
    .join('')

/** Tracker files as they were given, to be typed again: ` --tracker ./mine.h`. */
export const fileArgs = (files: readonly string[] = []): string =>
  files.map((file) => ` --tracker ${shellWord(file)}`).join('')

/** Whole decimal numbers from `least` to `most`. */
export function wholeNumber(
  option: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): Parser<number> {
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    return refuse(option, `a whole number from ${least}${upTo}`, text)
  }
}

/** Slots from `least`, or a size with its unit. */
export function slotCount(option: string, least = 1): Parser<number> {
  return (text) => {
    const slots = parseSlots(text)
    if (slots !== undefined && Number.isSafeInteger(slots) && slots >= least) return slots
    return refuse(option, 'slots of 2 KiB, as 32768 or 64MiB', text)
  }
}

/** Areas of a pool that is there: the kernel makes no other numbers. */
export function areaCount(option: string, least: number, most: number): Parser<number> {
  const whole = wholeNumber(option, least, most)
  return (text) => {
    const areas = whole(text)
    if (Number.isInteger(Math.log2(areas))) return areas
    const made = 2 ** Math.ceil(Math.log2(areas))
    return refuse(
      option,
      `the number that a pool has, a power of two (asked for ${areas}, the kernel makes ${made})`,
      text,
    )
  }
}

/** Bytes, of a size with its unit. */
export function byteCount(option: string): Parser<number> {
  return (text) => {
    const bytes = bytesWithUnit(text)
    return bytes ?? refuse(option, 'a size with its unit, as 64MiB', text)
  }
}

/** A time, in ms. */
export function duration(
  option: string,
  { leastMs, wholeSeconds }: { readonly leastMs: number; readonly wholeSeconds?: boolean },
): Parser<number> {
  const least = leastMs < 1000 ? `${leastMs} ms` : `${leastMs / 1000} s`
  const what = wholeSeconds ? 'whole seconds' : 'a time'
  return (text) => {
    const ms = parseDuration(text)
    const fits = ms !== undefined && ms >= leastMs && (!wholeSeconds || ms % 1000 === 0)
    return fits
      ? ms
      : refuse(option, `${what} from ${least}, as 90s, 10min, 1h or a number of seconds`, text)
  }
}

/** A page aligned address. */
export function address(option: string): Parser<bigint> {
  return (text) => {
    const value = /^0x[0-9a-f]{1,16}$/i.test(text) ? BigInt(text) : -1n
    if (value >= 0n && value % 4096n === 0n) return value
    return refuse(option, 'a page aligned hexadecimal address, as 0x34fc9000', text)
  }
}

/** Readers of words, and which they name. */
const wordsOf = new WeakMap<object, readonly string[]>()

/** The words that a reader of an option's value is offered; undefined where there are none. */
export const knownWords = (reader: object | undefined): readonly string[] | undefined =>
  reader && wordsOf.get(reader)

function knowing<T extends object>(reader: T, known: readonly string[]): T {
  wordsOf.set(reader, known)
  return reader
}

/** One word out of a few. */
export function word<T extends string>(option: string, known: readonly T[]): Parser<T> {
  return knowing((text: string) => oneOf(option, text, known), known)
}

/** A kernel's version, for the rules that it has. */
export function kernelFamily(option: string): Parser<Family> {
  const read = (text: string): Family => {
    const version = parseVersion(text)
    return version ? familyOf(version) : refuse(option, 'a version of Linux, as 6.8', text)
  }
  return knowing(read, families)
}

const trackerNames = trackers.map((tracker) => tracker.name)

/** A tracker file of the user's own, and no name of the list. */
export const isTrackerFile = (tracker: string | undefined): tracker is string =>
  tracker !== undefined && (tracker.endsWith('.h') || tracker.includes('/'))

/** An option that may be given several times: the files in their order. */
export const eachFile = (file: string, before: readonly string[]): string[] => [...before, file]

export function trackerName(option: string): Parser<TrackerName> {
  return word(option, trackerNames)
}

/** Names with commas between them. */
export function trackerList(option: string): Parser<TrackerName[]> {
  const one = trackerName(option)
  const read = (text: string): TrackerName[] =>
    text.split(',').map((part) => {
      const name = part.trim()
      if (!isTrackerFile(name)) return one(name)
      return refuse(option, 'names out of `list`; a file goes to --tracker', name)
    })
  return knowing(read, trackerNames)
}

export interface SweepRequest {
  readonly parameter: 'areas' | 'cpus'
  readonly values: readonly number[]
}

/** The values of `1,2,4,...,512`: the dots go on as the two or more before them began. */
function series(values: readonly (number | '...')[], fail: () => never): number[] {
  const list: number[] = []
  for (const [i, value] of values.entries()) {
    if (value !== '...') {
      list.push(value)
      continue
    }
    const [a, b] = list.slice(-2)
    const last = values[i + 1]
    if (a === undefined || b === undefined || typeof last !== 'number') return fail()
    const next = b % a === 0 && b > a ? (n: number) => n * (b / a) : (n: number) => n + (b - a)
    for (let n = next(b); b > a && n < last; n = next(n)) list.push(n)
  }
  return list
}

/** `1,2,4,...,64` */
export function numberList(option: string, least: number, most: number): Parser<number[]> {
  const one = wholeNumber(option, least, most)
  return (text) =>
    series(
      text.split(',').map((value) => (value.trim() === '...' ? '...' : one(value.trim()))),
      () => refuse(option, 'two values before the dots and one behind, as 1,2,4,...,64', text),
    )
}

export interface PoolRequest {
  readonly slots: number
  readonly areas?: number | undefined
}

/** `2MiB` in as many areas as the kernel makes, or `1024,4` as the kernel's own parameter is written. */
export function poolRequest(option: string): Parser<PoolRequest> {
  const slots = slotCount(option)
  const areas = wholeNumber(option, ...limits.areas)
  return (text) => {
    const [size = '', count, ...rest] = text.split(',')
    if (rest.length > 0)
      return refuse(option, 'a size, or slots and areas, as 2MiB or 1024,4', text)
    return { slots: slots(size.trim()), areas: count === undefined ? count : areas(count.trim()) }
  }
}

/** `areas=8,16,32` or `cpus=1,2,4,...,512` */
export function sweep(option: string): Parser<SweepRequest> {
  return (text) => {
    const [name = '', list, ...rest] = text.split('=')
    if (list === undefined || rest.length > 0) return refuse(option, 'as areas=8,16,32', text)
    if (/^(?:slots|pool|size)$/i.test(name.trim())) {
      throw new InputError(
        `${option}: unknown "${name}". Known: areas, cpus. Which pool is enough, size TRACE tells, and size TRACE --enough 16MiB of one`,
      )
    }
    const parameter = oneOf(option, name, ['areas', 'cpus'])
    const [least, most] = limits[parameter]
    const one = wholeNumber(`${option} ${name}`, least, most)
    return {
      parameter,
      values: series(
        list.split(',').map((value) => (value.trim() === '...' ? '...' : one(value.trim()))),
        () => refuse(option, 'two values before the dots and one behind, as 1,2,4,...,512', text),
      ),
    }
  }
}
