/** What a tracker costs in a booted kernel, by the kernel's own benchmark of mappings. */
import * as z from 'zod'
import { checkOptions, option, optionsOf } from '../data/options.js'
import { countNanoseconds } from '../patch/benchmark.js'
import { defaultStretch, trackerSource } from '../patch/files.js'
import { type Booted, boot } from './boot.js'
import { counting, type Ordered, type Pool, timing } from './machine.js'
import {
  type Bootable,
  buildTracker,
  inTree,
  type Rows,
  type TreeOptions,
  treeShape,
} from './prepare.js'
import type { Told } from './told.js'
import { noVirtualization } from './virtualization.js'

/** Of the guest's clock, where it counts instructions. */
const COUNTED_MS = 200
/** Boots that must count the same. */
const ALIKE = 2
/** Of a boot that counts, on a busy machine. */
const COUNTING_LIMIT_MS = 300_000

/** Instructions in a nanosecond of machines that are faster than the one that counts. */
const FASTER = [2, 4, 8]

/** Of a boot at the machine's own speed: that it can, and what is timed then. */
const TRY_MS = 10
const TRY_LIMIT_MS = 20_000
const TIMED_MS = 2000
const TIMED_BOOTS = 3
const TIMED_THREADS = 2
const TIMED_LIMIT_MS = 60_000

/** What all others are held against. */
const REFERENCE = 'off'
/** Without checks, of which each would count: what a kernel is built with to be used. */
const KIND = { arch: 'x86-64', lockdep: false, dynamic: false } as const

export interface InstructionsOptions extends TreeOptions {
  readonly pool: Pool
  /** Called after each tracker but the last with what there is so far. */
  readonly onSoFar?: ((result: InstructionsResult) => void) | undefined
}

const schema = optionsOf<InstructionsOptions>({
  ...treeShape,
  pool: z.looseObject({}, 'expected an object'),
  onSoFar: option.callback,
})

/** For each map, and each unmap. */
export interface Cost {
  readonly map: number
  readonly unmap: number
}

/** Of one number of threads, boot by boot. */
interface Timed {
  readonly threads: number
  readonly boots: readonly Cost[]
}

/** Of a machine that executes so many instructions in a nanosecond, boot by boot. */
interface Faster {
  readonly perNanosecond: number
  readonly boots: readonly Cost[]
}

interface FasterVoid {
  readonly perNanosecond: number
  readonly why: string
}

export interface CostRow {
  readonly tracker: string
  /** Boot by boot; rounded down to whole instructions by the kernel. A nanosecond is one there. */
  readonly boots: readonly Cost[]
  /** Of a tracker that does something by the clock, as a stretch of time is over; absent of others. */
  readonly faster?: readonly Faster[]
  /** Of such a tracker: what is not in `faster`, as its boots say nothing, and why they do not. */
  readonly fasterVoid?: readonly FasterVoid[]
  /** Nanoseconds at the machine's own speed; empty without virtualization. */
  readonly timed: readonly Timed[]
  /** Why `boots` say nothing; null where they do. */
  readonly why: string | null
  /** Lines of the kernel's log that say that something is wrong with it, the first of them. */
  readonly alarmLines: readonly string[]
  readonly buildSeconds: number
  readonly bootSeconds: number
}

/** What each tracker costs in a kernel's map and unmap, in instructions. */
export interface InstructionsResult {
  readonly kernel: string
  readonly version: string | null
  readonly pool: Pool
  /** Of the guest's clock that each boot counted for. */
  readonly milliseconds: number
  /** Nanoseconds of a stretch; absent where no tracker has one. */
  readonly stretch?: number
  /** Why nothing was timed; null where it was. */
  readonly untimed: string | null
  /** `off` is the first. */
  readonly rows: readonly CostRow[]
  /** What there is so far: the trackers that were not come to. Absent of a whole result. */
  readonly missing?: readonly string[] | undefined
}

/** Why a boot's figures say nothing; undefined where they do. */
function unusable({ failed, done, bounced, alarms }: Told): string | undefined {
  if (failed[0] !== undefined) return `the guest could not do all: ${failed[0]}`
  if (!done || !alarms || bounced === null) {
    return 'the guest did not tell all that is asked of it'
  }
  if (bounced <= 0) return "no mapping of the benchmark's device bounced"
  if (alarms.read <= 0) return "the kernel's log could not be read"
  if (alarms.found > 0) return 'the kernel complained'
  return undefined
}

/**
 * Two boots of what counts instructions do the same, so whatever differs is a fault of the count.
 *
 * @returns why the boots of a row say nothing; null where they do
 */
export function whyVoid(tolds: readonly Told[]): string | null {
  const why = tolds.map(unusable).find((one) => one !== undefined)
  if (why !== undefined) return why
  const counts = tolds.map(({ benchmark: [one] }) => (one ? `${one.map} and ${one.unmap}` : ''))
  if (counts.includes('')) return 'the benchmark gave nothing'
  const [first] = counts
  const other = counts.find((count) => count !== first)
  return other === undefined ? null : `boots differ: they counted ${first}, and ${other}`
}

const toldBy = (boots: readonly Booted[]): Told[] => boots.map(({ told }) => told)

const costs = (boots: readonly Booted[], threads = 1): Cost[] =>
  toldBy(boots).flatMap(({ benchmark }) =>
    benchmark.filter((one) => one.threads === threads).map(({ map, unmap }) => ({ map, unmap })),
  )

class Session {
  readonly #options: InstructionsOptions
  /** Of the first tracker that could be built. */
  #untimed: Promise<string | null> | undefined

  constructor(options: InstructionsOptions) {
    this.#options = options
  }

  #boot(
    { arch, kernel, image, folder }: Bootable,
    machine: Ordered,
    limitMs: number,
  ): Promise<Booted> {
    return boot({ arch, kernel, image, folder, machine, limitMs, signal: this.#options.signal })
  }

  async #timed(built: Bootable): Promise<Timed[]> {
    const { pool } = this.#options
    this.#untimed ??= noVirtualization(() =>
      this.#boot(built, timing(pool, TRY_MS, TIMED_THREADS), TRY_LIMIT_MS),
    )
    if ((await this.#untimed) !== null) return []
    const booted: Booted[] = []
    for (let i = 0; i < TIMED_BOOTS; i++) {
      const machine = timing(pool, TIMED_MS, TIMED_THREADS)
      booted.push(await this.#boot(built, machine, TIMED_LIMIT_MS))
    }
    return Array.from({ length: TIMED_THREADS }, (_, i) => ({
      threads: i + 1,
      boots: costs(booted, i + 1),
    }))
  }

  /** Why nothing was timed; null where it was. */
  async untimed(): Promise<string | null> {
    return this.#untimed === undefined ? 'no kernel was built' : await this.#untimed
  }

  async #counted(built: Bootable, stretch?: number): Promise<Booted[]> {
    const booted: Booted[] = []
    for (let i = 0; i < ALIKE; i++) {
      const machine = counting(this.#options.pool, COUNTED_MS, stretch)
      booted.push(await this.#boot(built, machine, COUNTING_LIMIT_MS))
    }
    return booted
  }

  async row(tracker: string): Promise<CostRow> {
    const built = await buildTracker(tracker, KIND, false, this.#options)
    this.#options.onStep?.({ tracker: built.name, doing: 'boot' })
    const counted = await this.#counted(built)
    // To a tracker that has them, a machine is faster by as much as its stretches are longer.
    const rates = trackerSource(tracker).stretches ? FASTER : []
    const all = [...counted]
    const faster: Faster[] = []
    const fasterVoid: FasterVoid[] = []
    for (const perNanosecond of rates) {
      const booted = await this.#counted(built, perNanosecond * defaultStretch())
      const why = whyVoid(toldBy(booted))
      if (why === null) faster.push({ perNanosecond, boots: costs(booted) })
      else fasterVoid.push({ perNanosecond, why })
      all.push(...booted)
    }
    return {
      tracker: built.name,
      boots: costs(counted),
      ...(rates.length > 0 && { faster, fasterVoid }),
      timed: await this.#timed(built),
      why: whyVoid(toldBy(counted)),
      alarmLines: toldBy(all).flatMap(({ alarmLines }) => alarmLines),
      buildSeconds: built.built.wallSeconds,
      bootSeconds: all.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0),
    }
  }
}

/** Of a tracker that was not built, or did not boot. */
const failed = (tracker: string, why: string): CostRow => ({
  tracker,
  boots: [],
  timed: [],
  why,
  alarmLines: [],
  buildSeconds: 0,
  bootSeconds: 0,
})

/**
 * Puts each tracker into the kernel, builds it, and runs the kernel's benchmark of mappings on one
 * emulated CPU that counts instructions, in two boots, which must count the same. A tracker that has
 * stretches of time is counted again with longer ones, as on machines that execute more instructions in a
 * nanosecond than one. Where the machine has virtualization, the same at its own speed as well.
 *
 * A build or a boot that failed is a row that says so, where another did not.
 *
 * @throws InputError for what is missing on this machine and what a kernel has no place for; the
 * signal's reason when it was aborted
 */
export async function countInstructions(options: InstructionsOptions): Promise<InstructionsResult> {
  checkOptions(schema, options)
  const trackers = [REFERENCE, ...options.trackers.filter((name) => name !== REFERENCE)]
  const all = { ...options, trackers }
  const session = new Session(all)
  const resultOf = async ({ kernel, version, rows }: Rows<CostRow>) => ({
    kernel,
    version,
    pool: options.pool,
    milliseconds: COUNTED_MS,
    ...(rows.some(({ faster }) => faster) && { stretch: defaultStretch() }),
    untimed: await session.untimed(),
    rows,
  })
  const rows = await inTree(all, {
    arch: KIND.arch,
    truth: false,
    edit: countNanoseconds,
    row: (tracker) => session.row(tracker),
    failed,
    onRows: async (soFar, missing) => options.onSoFar?.({ ...(await resultOf(soFar)), missing }),
  })
  return await resultOf(rows)
}
