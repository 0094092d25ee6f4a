/** How fast virtual time passes, and what memory it takes. */
import { compare, type ScenarioInput, type TrackerName } from 'swiotlb-lab'
import { memoryOf } from '../apart.js'
import type { Figure, Target } from '../figure.js'
import type { Context, Part } from '../part.js'
import { figuresText, table } from '../text.js'
import { inTurns } from '../tries.js'
import { type Attempt, exactFigure, figure, goal } from '../verdict.js'

const CPUS = [2, 16, 128, 1024] as const
const IN_FLIGHT = 4

const scenario = (cpus: number, steps: number): ScenarioInput => ({
  name: `speed-${cpus}`,
  pool: { slots: cpus * 512, areas: cpus },
  cpus,
  copy: false,
  workload: { sizes: [{ bytes: 4096 }], inFlight: IN_FLIGHT },
  steps: cpus * steps,
})

/** Null where the difference is no time at all: the noise of the two was larger than it. */
export const rate = (pairs: number, seconds: number): number | null =>
  seconds > 0 ? pairs / seconds : null

/** Millions, every try: `1.25, -, 1.30`. */
export const ratesText = (rates: readonly (number | null)[]): string =>
  rates.map((value) => (value === null ? '-' : (value / 1e6).toFixed(2))).join(', ')

/** What the dashes of a table are; nothing where there are none. */
export function lostText(rates: readonly (number | null)[]): string[] {
  const lost = rates.filter((value) => value === null).length
  return lost === 0
    ? []
    : [`  -: in ${lost} of ${rates.length} the run took no longer than what is taken off it`]
}

/** Simulated map+unmap pairs in a second of CPU time; null where the noise was larger than the time. */
interface Sample {
  readonly off: number | null
  readonly globalAtomic: number | null
}

interface Speed {
  readonly cpus: number
  /** By try. */
  readonly off: readonly (number | null)[]
  /** The same with a counter that is everybody's. */
  readonly globalAtomic: readonly (number | null)[]
}

/** CPU time of a comparison: what else the host does meanwhile is not in it. */
async function seconds(input: ScenarioInput, tracker: TrackerName, signal: AbortSignal) {
  const begun = process.cpuUsage()
  await compare(input, {
    engine: 'virtual',
    machine: { costModel: 'default' },
    trackers: [tracker],
    signal,
  })
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}

/** `off` is run twice in each comparison, with two seeds; another tracker once beside that. */
async function measure(cpus: number, { quick, signal }: Context): Promise<Sample> {
  const steps = Math.ceil((quick ? 2e5 : 1e6) / cpus)
  const pairs = cpus * (steps - 1)
  // What it takes to set up is left out: it is that of a run of one step.
  const net = async (tracker: TrackerName): Promise<number> =>
    (await seconds(scenario(cpus, steps), tracker, signal)) -
    (await seconds(scenario(cpus, 1), tracker, signal))
  const alone = await net('off')
  const both = await net('global-atomic')
  return { off: rate(2 * pairs, alone), globalAtomic: rate(pairs, both - alone) }
}

async function measureAll(context: Context): Promise<Speed[]> {
  await seconds(scenario(128, 1000), 'off', context.signal)
  const samples = await inTurns(CPUS, context, (cpus, number) => {
    context.progress(`try ${number}, ${cpus} CPUs`)
    return measure(cpus, context)
  })
  return CPUS.map((cpus, at) => ({
    cpus,
    off: samples[at]?.map(({ off }) => off) ?? [],
    globalAtomic: samples[at]?.map(({ globalAtomic }) => globalAtomic) ?? [],
  }))
}

const MEMORY = `
const [lib, input] = process.argv.slice(1)
const { compare } = await import(lib)
await compare(JSON.parse(input), { engine: 'virtual', trackers: ['global-atomic'], timing: false })`

/** 1024 CPUs, a pool of 1 GiB, copies charged. */
const memory = (signal: AbortSignal): Promise<number> =>
  memoryOf(MEMORY, [JSON.stringify({ ...scenario(1024, 50), copy: true })], signal)

/** No noise control: the tries differ by what else the host does, and that is what is shown. */
const tryOf = (value: number): Attempt => ({ rounds: [value], noise: null, run: null })

function figuresOf(speeds: readonly Speed[], mebibytes: number): Figure[] {
  const at = (cpus: number): readonly number[] => {
    const found = speeds.find((one) => one.cpus === cpus)
    if (!found) throw new Error(`${cpus} CPUs were not simulated`)
    return found.off.map((pairs) => pairs ?? Number.NaN)
  }
  const millions = (cpus: number, target: Target): Figure =>
    figure(
      {
        id: `virtual-speed/${cpus}/million`,
        what: `million pairs per second, ${cpus} CPUs`,
        unit: 'million/s',
        target,
      },
      at(cpus).map((pairs) => tryOf(pairs / 1e6)),
    )
  const growth = (from: number, to: number): Figure =>
    figure(
      {
        id: `virtual-speed/growth/${to}`,
        what: `cost of a pair, ${to} CPUs over ${from} (goal: log N)`,
        target: goal({ atMost: Math.log2(to) / Math.log2(from) }),
      },
      // Of the same try.
      at(from).map((pairs, i) => tryOf(pairs / (at(to)[i] ?? Number.NaN))),
    )
  return [
    millions(128, goal({ atLeast: 1 })),
    growth(16, 128),
    growth(16, 1024),
    exactFigure(
      {
        id: 'virtual-speed/memory',
        what: 'memory, 1024 CPUs and a 1 GiB pool',
        unit: 'MiB',
        target: goal({ atMost: 1024 }),
      },
      mebibytes,
    ),
  ]
}

export const virtualSpeed: Part = {
  name: 'virtual-speed',
  question:
    'how many map+unmap pairs of virtual CPUs are simulated in a second, and in what memory',
  seconds: ({ quick, tries }) => 3 + tries * (quick ? 3 : 14),
  run: async (context) => {
    const speeds = await measureAll(context)
    context.progress('memory')
    const mebibytes = await memory(context.signal)
    const figures = figuresOf(speeds, mebibytes)
    return {
      text: [
        'million pairs in a second of CPU time, without setting up; every try',
        table(
          ['CPUs', 'off', 'global-atomic'],
          speeds.map(({ cpus, off, globalAtomic }) => [
            String(cpus),
            ratesText(off),
            ratesText(globalAtomic),
          ]),
        ),
        ...lostText(speeds.flatMap(({ off, globalAtomic }) => [...off, ...globalAtomic])),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: { speeds, mebibytes },
    }
  },
}
