/**
 * Curves that others have published: CPUs that do nothing but change one word, by how many they are.
 * costs/curves/ holds them as they were published, with what the same loop is predicted from.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { type CostModel, checkCostModel, loadCostModel } from 'swiotlb-lab'
import * as z from 'zod'

const FOLDER = new URL('../costs/curves/', import.meta.url)

const words = z.string().trim().min(1)
const count = z.int().min(1).max(1024)
const cost = z.strictObject({
  value: z.number().min(0.01).max(1e6),
  unit: z.literal('ns'),
  source: words,
})

/** What the loop asks for of a cost model, which says itself what it needs: see modelOf(). */
const loopCosts = z.partialRecord(
  z.enum(['own', 'atomic', 'shared', 'core', 'complex', 'socket', 'hold']),
  cost,
)

const curveSchema = z
  .strictObject({
    name: words,
    machine: words,
    /** Publication, place in it, and which of its figures these are. */
    source: words,
    /** What was measured. */
    what: words,
    /** A locked addition, or a look and compare-exchanges until one succeeds. */
    operation: z.enum(['add', 'exchange']),
    /** Time of one CPU for one change, where so many make changes. */
    points: z
      .array(z.strictObject({ cpus: count, ns: z.number().positive() }))
      .min(2)
      .refine((list) => list.every(({ cpus }, i) => i === 0 || cpus > (list[i - 1]?.cpus ?? 0)), {
        error: 'expected points ascending in CPUs',
      }),
    topology: z.strictObject({
      cpus: count,
      sockets: count,
      coresPerSocket: count,
      coresPerComplex: count,
    }),
    /** A model that comes with the package... */
    costModel: words.optional(),
    /** ...or costs of this machine alone. */
    costs: loopCosts.optional(),
    /** Points that a cost was taken from: there the prediction says nothing. */
    given: z.array(count),
    /** What else to know before the two are compared. */
    notes: z.array(words),
  })
  .refine(({ costModel, costs }) => (costModel === undefined) !== (costs === undefined), {
    error: 'expected either costModel or costs',
  })
  .refine(
    ({ points, given }) => given.every((cpus) => points.some((point) => point.cpus === cpus)),
    {
      error: 'expected given to name points',
    },
  )

export type Curve = z.infer<typeof curveSchema>

/** The loop needs no work of an allocator, and copies nothing. */
function modelOf({ name, machine, costs }: Curve): CostModel {
  const none = { value: 0.01, unit: 'ns', source: 'not part of the loop' }
  const byIndex = { runCounts: none, bitmap: none }
  return checkCostModel({
    name,
    description: machine,
    costs: {
      ...costs,
      handover: none,
      map: byIndex,
      search: byIndex,
      unmap: byIndex,
      release: byIndex,
      copy: [{ bytes: 1, ...none }],
    },
  })
}

export const costModelOf = (curve: Curve): CostModel =>
  curve.costModel === undefined ? modelOf(curve) : loadCostModel(curve.costModel)

/** @throws Error that names the file and each field that is wrong */
export function readCurve(file: string, text: string): Curve {
  const parsed = curveSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new Error(`${file}: ${z.prettifyError(parsed.error)}`)
}

/** All of them, by name. */
export function curves(): Curve[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readCurve(file, readFileSync(new URL(file, FOLDER), 'utf8')))
}
