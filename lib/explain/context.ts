/** The text as a whole: its boots, the mappings that failed in them, and the counters. */
import { readCommandLine } from '../boot/command-line.js'
import {
  DEFAULT_FAMILY,
  type Family,
  familyOf,
  parseVersion,
  type Version,
} from '../boot/family.js'
import { type Told, told } from '../boot/told.js'
import { slotsNeeded, type Verdict, verdictOf } from './arithmetic.js'
import {
  type AnyHeard,
  type Count,
  type CounterName,
  type Device,
  type Heard,
  type HeardOf,
  indexOf,
} from './events.js'

/** A mapping that failed, as often as it is told. */
export interface Failure {
  readonly device: Device
  readonly bytes: number | null
  readonly needed: number | null
  readonly total: number | null
  /** null where it is not told, and where the count fell below 0. */
  readonly used: number | null
  readonly belowZero: boolean
  readonly verdict: Verdict
  readonly lines: readonly number[]
  readonly uptime: number | null
  readonly boot: number
  readonly times: number
  readonly cut: boolean
  /** Whether a line without totals is the only one that tells of it. */
  readonly oldWording: boolean
}

export interface CommandLineHeard {
  readonly told: Told
  readonly lines: readonly number[]
  readonly boot: number
  /** Whether the kernel of these lines is known. */
  readonly familyKnown: boolean
}

/** Counters that were read at one moment. */
export interface Sample {
  readonly pool: string
  readonly values: ReadonlyMap<CounterName, Count>
  readonly lines: readonly number[]
  readonly boot: number
}

export interface Context {
  readonly heard: readonly AnyHeard[]
  readonly failures: readonly Failure[]
  readonly commandLines: readonly CommandLineHeard[]
  readonly samples: readonly Sample[]
  /** The version of a boot; undefined where no line names it. */
  readonly versionOf: (boot: number) => Version | undefined
  /** What a kind of message said, of all boots or of one. */
  readonly of: HeardOf
  readonly boots: number
  readonly duplicates: readonly number[]
}

/** Whether two names may be of one device: the second kernel message may leave out the driver. */
export const sameDevice = (a: Device, b: Device): boolean =>
  a === null || b === null || a === b || a.endsWith(` ${b}`) || b.endsWith(` ${a}`)

type Open = { -readonly [K in keyof Failure]: Failure[K] } & { paired: boolean }

function failureOf(heard: Heard<'full'> | Heard<'space'> | Heard<'reach'>): Open {
  const { said, lines, uptime, boot, times } = heard
  const full = said.kind === 'full' ? said : null
  const { device, bytes } = said
  const total = full?.total ?? null
  const belowZero = full?.used === 'below-zero'
  const used = typeof full?.used === 'number' ? full.used : null
  return {
    ...{ device, bytes, total, used, belowZero, lines, uptime, boot, times },
    needed: bytes === null ? null : slotsNeeded(bytes),
    verdict: verdictOf(bytes, total, used),
    cut: full?.cut ?? false,
    oldWording: total === null && !(full?.cut ?? false),
    paired: said.kind !== 'full',
  }
}

/** Messages that stand between the two that old kernels print of one failure. */
const NEAR = 3

/** Old kernels say the same a second time, in other words: that is one failure and not two. */
function addSecond(open: Open[], heard: Heard<'space'> | Heard<'reach'>): void {
  const { said, lines, boot } = heard
  const first = open
    .slice(-NEAR)
    .find(
      (one) =>
        !(one.paired && said.kind === 'space') &&
        one.boot === boot &&
        (one.bytes === null || one.bytes === said.bytes) &&
        sameDevice(one.device, said.device),
    )
  if (!first) {
    open.push(failureOf(heard))
    return
  }
  // Where a device ends is told beside the failure, and counts for no other.
  if (said.kind === 'reach') return
  first.paired = true
  first.lines = [...first.lines, ...lines]
  first.device ??= said.device
  if (first.bytes === null) {
    first.bytes = said.bytes
    first.needed = slotsNeeded(said.bytes)
    first.verdict = verdictOf(said.bytes, first.total, first.used)
  }
}

/** A text can hold the same lines twice: as dmesg and as journal. Stamps in µs tell. */
function stampKey({ said, uptime }: Heard<'full'>): string | undefined {
  if (uptime === null || Number.isInteger(uptime)) return undefined
  return JSON.stringify([uptime, said.device, said.bytes, said.total, said.used])
}

function failuresOf(
  heard: readonly AnyHeard[],
  of: HeardOf,
): { failures: Failure[]; duplicates: number[] } {
  const open: Open[] = []
  const seen = new Set<string>()
  const duplicates: number[] = []
  // A title or a sentence is no message beside one that is.
  const content = of('full').some(({ said }) => !said.bare)
  for (const one of heard) {
    const { said } = one
    if (said.kind === 'space') addSecond(open, { ...one, said })
    if (said.kind === 'reach') addSecond(open, { ...one, said })
    if (said.kind === 'repeated') {
      const last = open.at(-1)
      // Only what stands right before it was repeated.
      if (last && last.lines.at(-1) === (one.lines[0] ?? 0) - 1) last.times += said.count
    }
    if (said.kind !== 'full') continue
    const full = { ...one, said }
    const key = stampKey(full)
    if (key !== undefined && seen.has(key)) duplicates.push(...one.lines)
    else if (!(said.bare && content)) open.push(failureOf(full))
    if (key !== undefined) seen.add(key)
  }
  return { failures: open.map(({ paired: _, ...failure }) => failure), duplicates }
}

/** Counters in a row are of one moment until a name comes again. */
function samplesOf(heard: readonly AnyHeard[]): Sample[] {
  const samples: (Sample & { values: Map<CounterName, Count>; lines: number[] })[] = []
  for (const { said, lines, boot } of heard) {
    if (said.kind !== 'counters') continue
    for (const { pool, name, value } of said.values) {
      let sample = samples.findLast((one) => one.pool === pool && one.boot === boot)
      if (!sample || sample.values.has(name)) {
        sample = { pool, boot, values: new Map(), lines: [] }
        samples.push(sample)
      }
      sample.values.set(name, value)
      if (!sample.lines.includes(lines[0] ?? 0)) sample.lines.push(...lines)
    }
  }
  return samples
}

interface MachineOfBoot {
  readonly family: Family
  readonly known: boolean
  readonly cpus: number | null
  readonly memoryBytes: number | null
}

/** All that the text tells, put in order. */
export function contextOf(heard: readonly AnyHeard[]): Context {
  const of = indexOf(heard)
  const boots = 1 + heard.reduce((most, one) => Math.max(most, one.boot), 0)
  // Boot loaders name the kernel's file after its version.
  const imageOf = (boot: number): string | undefined =>
    of('command-line', boot).flatMap(
      ({ said }) => /BOOT_IMAGE=\S*?vmlinuz-(\d\S*)/.exec(said.text)?.[1] ?? [],
    )[0]
  const versionOf = (boot: number): Version | undefined => {
    const text = of('version', boot)[0]?.said.text ?? imageOf(boot)
    return text === undefined ? undefined : parseVersion(text)
  }
  const machineOf = (boot: number): MachineOfBoot => {
    const version = versionOf(boot)
    return {
      family: version ? familyOf(version) : DEFAULT_FAMILY,
      known: version !== undefined,
      cpus: of('cpus', boot)[0]?.said.cpus ?? of('areas', boot)[0]?.said.areas ?? null,
      memoryBytes: of('memory', boot)[0]?.said.bytes ?? null,
    }
  }
  const commandLines: CommandLineHeard[] = []
  for (const { said, lines, boot } of of('command-line')) {
    const { known, ...machine } = machineOf(boot)
    const read = told(readCommandLine(said.text), machine)
    // x86 prints it twice.
    const before = commandLines.find((one) => one.boot === boot && one.told.text === read.text)
    if (!(before && said.printed))
      commandLines.push({ told: read, lines, boot, familyKnown: known })
  }
  return {
    ...{ heard, commandLines, versionOf, of, boots, samples: samplesOf(heard) },
    ...failuresOf(heard, of),
  }
}

/** Of each pool and boot the counters that were read last. */
export function lastSamples({ samples }: Pick<Context, 'samples'>): Sample[] {
  const last = new Map<string, Sample>()
  for (const sample of samples) last.set(`${sample.boot} ${sample.pool}`, sample)
  return [...last.values()]
}

/** A counter that is a number; null where it is not told, and where it fell below 0. */
export const numberOf = (
  sample: Sample,
  name: 'nslabs' | 'used' | 'used_hiwater',
): number | null => {
  const value = sample.values.get(name)
  return typeof value === 'number' ? value : null
}
