/** Results that are kept in results/: what README's figures are made from. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { hostSchema, root, slugOf, sourceSchema } from './conditions.js'
import { figureSchema } from './figure.js'
import { jsonNames, parseJson } from './json.js'

const FOLDER = path.join(root, 'results')

/** Of every kept result. */
const about = {
  source: sourceSchema,
  host: hostSchema,
  /** When it began. */
  date: z.iso.datetime(),
  /** What to type for the same. */
  command: z.string().min(1),
}

const benchSchema = z.strictObject({
  kind: z.literal('bench'),
  ...about,
  tries: z.int().min(1),
  /** The kernel's own code that was timed, and how it was compiled; null without. */
  kernel: z.string().nullable(),
  parts: z.array(
    z.strictObject({
      name: z.string(),
      question: z.string(),
      seconds: z.number(),
      /** Why there are no figures; null where it ran. */
      failure: z.string().nullable(),
      figures: z.array(figureSchema),
    }),
  ),
})

/** Commands of the program whose result may be kept. */
export const commandKinds = [
  'verify',
  'compare',
  'replay',
  'demo',
  'boot',
  'instructions',
  'patch',
] as const
export type CommandKind = (typeof commandKinds)[number]

/** What a command of the program printed with --json. */
const commandSchema = z.strictObject({
  kind: z.enum(commandKinds),
  ...about,
  /** 1: the answer was no. */
  exit: z.union([z.literal(0), z.literal(1)]),
  result: z.looseObject({}),
})

const keptSchema = z.discriminatedUnion('kind', [benchSchema, commandSchema])

export type Kept = z.infer<typeof keptSchema>
export type KeptBench = z.infer<typeof benchSchema>
export type KeptCommand = z.infer<typeof commandSchema>

/** Results of one name; more are an error. */
const MOST_OF_A_DAY = 1000

/**
 * Writes HOST-DATE.json; what is not a bench has its kind in the name, and a second of the same day
 * a number. Never over what is there.
 *
 * @returns the file
 */
export function keep(kept: Kept, folder = FOLDER): string {
  const text = `${JSON.stringify(keptSchema.parse(kept))}\n`
  mkdirSync(folder, { recursive: true })
  const kind = kept.kind === 'bench' ? '' : `-${kept.kind}`
  const name = `${slugOf(kept.host)}-${kept.date.slice(0, 10)}${kind}`
  for (let i = 1; i <= MOST_OF_A_DAY; i++) {
    const file = path.join(folder, `${name}${i === 1 ? '' : `-${i}`}.json`)
    try {
      writeFileSync(file, text, { flag: 'wx' })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`${folder} holds ${MOST_OF_A_DAY} results of ${name}`)
}

export interface KeptFile {
  readonly file: string
  readonly kept: Kept
}

/** A kept file. Throws Error that names file and field. */
export const readOne = (file: string): Kept =>
  parseJson(path.basename(file), readFileSync(file, 'utf8'), keptSchema)

/** All that is kept, by name. A folder that is not there holds nothing. */
export function readKept(folder = FOLDER): KeptFile[] {
  // Another kind of file, which is not of one host and one day: see kernels/result.ts.
  return jsonNames(folder)
    .filter((name) => name !== 'kernels.json')
    .map((name) => ({ file: name, kept: readOne(path.join(folder, name)) }))
}
