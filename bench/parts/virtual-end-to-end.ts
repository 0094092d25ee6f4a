/** Is the counter a bottleneck end to end, next to the copies? On 1 to 512 virtual CPUs. */
import {
  type Comparison,
  compare,
  loadCostModel,
  lossThresholds,
  type Prediction,
  passings,
  trackers,
} from 'swiotlb-lab'
import type { Context, Part } from '../part.js'
import { machine } from '../scenarios.js'
import { percent, table } from '../text.js'

const MODELS = ['default', 'published'] as const
const SLOTS_PER_AREA = 2048
const IN_FLIGHT = 8
/** Of each CPU. `reserve` grows its mark at first; nothing is measured before that is over. */
const WARM_STEPS = 300
const STEPS = 150

interface Step {
  readonly value: number
  readonly rows: Comparison['rows']
}

/** All CPU counts with mappings of one size. */
interface Series {
  readonly bytes: number
  readonly steps: readonly Step[]
}

const scenario = (cpus: number, bytes: number, quick: boolean) => ({
  name: `end-to-end-${bytes}`,
  pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus },
  cpus,
  workload: { sizes: [{ bytes }], inFlight: IN_FLIGHT, order: 'random' as const },
  // Few CPUs make more steps each, for the same number in all.
  steps: Math.max(cpus * (quick ? STEPS / 3 : STEPS), 2000),
})

async function series(
  model: string,
  bytes: number,
  { quick, signal, progress }: Context,
): Promise<Series> {
  const steps: Step[] = []
  for (const cpus of quick ? [1, 8, 64, 512] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) {
    progress(`${model}, ${bytes / 1024} KiB, ${cpus} CPUs`)
    const { rows } = await compare(scenario(cpus, bytes, quick), {
      engine: 'virtual',
      machine: { ...machine(cpus, model), warmSteps: WARM_STEPS },
      // With copies only.
      timing: false,
      signal,
    })
    steps.push({ value: cpus, rows })
  }
  return { bytes, steps }
}

const predictionOf = ({ rows }: Step, tracker: string): Prediction | undefined =>
  rows.find((row) => row.tracker === tracker)?.virtual?.full

const share = (prediction: Prediction | undefined): number =>
  prediction ? prediction.perPairNs.tracker / prediction.nsPerPair : Number.NaN

/** CPUs down, sizes across: share of time in the tracker, and loss of throughput. */
function grid(all: readonly Series[], tracker: string): string {
  const [first] = all
  if (!first) return ''
  return table(
    ['CPUs', ...all.map(({ bytes }) => `${bytes / 1024} KiB`)],
    first.steps.map(({ value }, i) => [
      String(value),
      ...all.map(({ steps }) => {
        const prediction = predictionOf(steps[i] as Step, tracker)
        return `${percent(share(prediction))}, ${percent(prediction?.lostThroughput ?? Number.NaN)}`
      }),
    ]),
  )
}

const counted = trackers.flatMap(({ name, byName }) => (byName || name === 'off' ? [] : [name]))

/** From how many CPUs each tracker passes each loss. */
function thresholds(all: readonly Series[]): string {
  return table(
    ['tracker', ...all.map(({ bytes }) => `${bytes / 1024} KiB`)],
    counted.map((tracker) => [
      tracker,
      ...all.map(({ steps }) => {
        const [found] = passings([tracker], steps, 'full')
        return (found?.from ?? []).map((cpus) => cpus ?? '-').join(' / ')
      }),
    ]),
  )
}

/** A part of the warm-up that is so much slower than what was measured belongs to the ramp. */
const RAMP_FACTOR = 1.25

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/**
 * The start of a run, as one CPU sees it: for how many steps they took longer than in the stationary
 * state, and by how much all together. `still` if they did until the end.
 */
function ramp(prediction: Prediction | undefined, steps: number): string {
  const windows = prediction?.windowNs ?? []
  const each = (WARM_STEPS + steps) / windows.length
  const measured = Math.ceil(WARM_STEPS / each)
  const stationary = median(windows.slice(measured))
  const end = windows.findLastIndex((ns) => ns > RAMP_FACTOR * stationary) + 1
  if (end === 0) return '-'
  const extra = windows.slice(0, end).reduce((sum, ns) => sum + (ns - stationary) * each, 0)
  const until = end > measured ? 'still' : `${Math.round(end * each)} steps`
  return `${until}, ${(extra / 1000).toFixed(0)} us`
}

function ramps(all: readonly Series[], tracker: string, quick: boolean): string {
  const [first] = all
  return table(
    ['CPUs', ...all.map(({ bytes }) => `${bytes / 1024} KiB`)],
    (first?.steps ?? []).map(({ value }, i) => [
      String(value),
      ...all.map(({ bytes, steps }) =>
        ramp(
          predictionOf(steps[i] as Step, tracker),
          Math.ceil(scenario(value, bytes, quick).steps / value),
        ),
      ),
    ]),
  )
}

/** What the copies of one socket can reach together, which decides how much they hide. */
function bandwidthWords(model: string): string {
  const limit = loadCostModel(model).costs.socketBandwidth
  return limit
    ? `all copies of a socket together reach at most ${limit.value} ${limit.unit}`
    : 'copies of many CPUs have no limit together; on a machine they would wait for memory, and hide more'
}

/** The grids of the kernel's way and of the two that are proposed instead. */
const SHOWN = ['global-atomic', 'per-area', 'reserve'] as const

export const virtualEndToEnd: Part = {
  name: 'virtual-end-to-end',
  question: 'what each tracker costs next to the copies, on 1 to 512 virtual CPUs',
  seconds: ({ quick }) => (quick ? 20 : 200),
  run: async (context) => {
    const sizes = context.quick ? [2048, 65536] : [2048, 4096, 16384, 65536, 262144]
    const texts = [
      `steady load: each CPU unmaps one mapping and maps another, ${IN_FLIGHT} in flight, an area for each CPU;`,
      'copies on (to the device: one at map); 64 CPUs to a socket. Predicted, not measured. The baseline is',
      'off on the same machine; a loss is the share of its map+unmaps in a second that is missing, below 0',
      `where there are more. Measured behind ${WARM_STEPS} steps of warm-up of each CPU. Interrupts, other`,
      'traffic and the device are not modelled (no targets)',
    ]
    const data: unknown[] = []
    for (const model of MODELS) {
      const all: Series[] = []
      for (const bytes of sizes) all.push(await series(model, bytes, context))
      data.push({ model, series: all })
      texts.push(
        '',
        `cost model ${model}: ${bandwidthWords(model)}`,
        '',
        `cost model ${model}: from how many CPUs the loss of throughput passes ` +
          `${lossThresholds.map(percent).join(' / ')}`,
        thresholds(all),
        ...SHOWN.flatMap((tracker) => [
          '',
          `cost model ${model}, ${tracker}: share of a map+unmap in the tracker, loss of throughput`,
          grid(all, tracker),
        ]),
        '',
        `cost model ${model}, reserve: its ramp. For how many steps of each CPU they take more than`,
        `${RAMP_FACTOR} times what they take in the measured part, and what that costs a CPU in all`,
        ramps(all, 'reserve', context.quick),
      )
    }
    return { text: texts.join('\n'), figures: [], data }
  },
}
