/** The causes on more CPUs than this machine has: predicted, each alone and all together. */
import { compare, type Prediction } from 'swiotlb-lab'
import { ALL_CHANGED, AS_KERNEL, FLOOR, type Row, rows } from './causes.js'
import type { Figure } from './figure.js'
import type { Context } from './part.js'
import { machine } from './scenarios.js'
import { ns, percent, table } from './text.js'
import { exactFigure } from './verdict.js'

/** Of which the answer is predicted. */
export const MODELS = ['default', 'published'] as const
const CPUS = [8, 64, 128, 256] as const
/** Where the factor and the next bottleneck are looked at. */
const LARGE = 128
const SLOTS_PER_AREA = 1024
const IN_FLIGHT = 16
/** Of each CPU; each slot has been used by then, and `reserve` has grown its mark. */
const WARM_STEPS = 600
const STEPS = 200

type Cells = ReadonlyMap<Row, Prediction>

/** All rows on one machine; those of one layout in one comparison. */
async function predict(cpus: number, model: string, { quick, signal }: Context): Promise<Cells> {
  const found = new Map<Row, Prediction>()
  const layouts = new Map<string, Row[]>()
  for (const row of rows) {
    const key = JSON.stringify(row.layout)
    layouts.set(key, [...(layouts.get(key) ?? []), row])
  }
  for (const [key, those] of layouts) {
    const comparison = await compare(
      {
        name: 'causes',
        pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus },
        cpus,
        copy: false,
        workload: { sizes: [{ bytes: 4096 }], inFlight: IN_FLIGHT },
        steps: cpus * (quick ? STEPS / 4 : STEPS),
      },
      {
        engine: 'virtual',
        machine: { ...machine(cpus, model), warmSteps: WARM_STEPS },
        layout: JSON.parse(key),
        trackers: those.map(({ tracker }) => tracker),
        timing: false,
        signal,
      },
    )
    for (const row of those) {
      const full = comparison.rows.find(({ tracker }) => tracker === row.tracker)?.virtual?.full
      if (full) found.set(row, full)
    }
  }
  return found
}

function of(cells: Cells, row: Row): Prediction {
  const found = cells.get(row)
  if (!found) throw new Error(`${row.name} was not predicted`)
  return found
}

const faster = (cells: Cells, row: Row): number =>
  of(cells, AS_KERNEL).nsPerPair / of(cells, row).nsPerPair

/** The largest entry, as words. */
function largest(entries: readonly (readonly [string, number])[], whole: number): string {
  const [first] = [...entries].sort((a, b) => b[1] - a[1])
  if (!first || first[1] < 0.05) return 'nothing'
  return `${first[0]}, ${ns(first[1])} ns (${percent(first[1] / whole)})`
}

/** Where the time of one row goes, by part and by what was waited for. */
function split(cells: Cells, row: Row): string[] {
  const { nsPerPair, perPairNs, lines } = of(cells, row)
  const waited = Object.entries(lines).map(([name, use]) => [name, use.waitedNs] as const)
  return [
    row.name,
    ns(nsPerPair),
    ...Object.values(perPairNs).map(ns),
    largest(Object.entries(perPairNs), nsPerPair),
    largest(waited, nsPerPair),
  ]
}

/** What the large machine gives: the factor, and how much of what is left is the tracker's. */
function figuresOf(cells: Cells, model: string): Figure[] {
  const { nsPerPair, perPairNs } = of(cells, ALL_CHANGED)
  const id = `causes/virtual/${model}/${LARGE}-cpus`
  const where = `predicted with cost model ${model}, ${LARGE} CPUs`
  return [
    exactFigure(
      { id: `${id}/all-together`, what: `as the kernel / all together, ${where}` },
      faster(cells, ALL_CHANGED),
    ),
    exactFigure(
      { id: `${id}/tracker-share`, what: `share of reserve in all together, ${where}` },
      perPairNs.tracker / nsPerPair,
    ),
  ]
}

interface Predicted {
  readonly text: string
  readonly figures: readonly Figure[]
  readonly data: unknown
}

export async function predictCauses(context: Context): Promise<Predicted> {
  const texts: string[] = []
  const figures: Figure[] = []
  const data: unknown[] = []
  for (const model of MODELS) {
    const all: { readonly cpus: number; readonly cells: Cells }[] = []
    for (const cpus of context.quick ? [8, LARGE] : CPUS) {
      context.progress(`${cpus} virtual CPUs, ${model}`)
      all.push({ cpus, cells: await predict(cpus, model, context) })
    }
    const base = all.map(({ cells }) => ns(of(cells, AS_KERNEL).nsPerPair)).join(', ')
    texts.push(
      '',
      `virtual CPUs, predicted with cost model ${model}: an area for each CPU, 64 CPUs to a socket; times`,
      `faster than global-atomic in the kernel's layout on the same machine, which takes ${base} ns`,
      table(
        ['what is changed', ...all.map(({ cpus }) => `${cpus} CPUs`)],
        rows.map((row) => [row.name, ...all.map(({ cells }) => faster(cells, row).toFixed(2))]),
      ),
    )
    const large = all.find(({ cpus }) => cpus === LARGE)?.cells
    if (large) {
      figures.push(...figuresOf(large, model))
      texts.push(
        '',
        `on ${LARGE} CPUs all together with reserve is ${faster(large, ALL_CHANGED).toFixed(0)} times faster than as the kernel;`,
        'what is left, in ns of a map+unmap, and where most of it goes',
        table(
          [
            'what',
            'ns',
            ...Object.keys(of(large, ALL_CHANGED).perPairNs),
            'most in',
            'most waited for, lines of',
          ],
          [AS_KERNEL, ALL_CHANGED, FLOOR].map((row) => split(large, row)),
        ),
      )
    }
    data.push({
      model,
      machines: all.map(({ cpus, cells }) => ({
        cpus,
        rows: [...cells].map(([{ name }, prediction]) => ({ name, prediction })),
      })),
    })
  }
  return { text: texts.join('\n'), figures, data }
}
