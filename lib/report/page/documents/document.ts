/** What a result file holds: read, and checked against the schema that it names. */
import * as z from 'zod'
import { InputError, parseJson, toInputError } from '../../../data/errors.js'
import { type DocumentKind, type Made, schemaOf } from '../../../results/schema.js'
import {
  bootSchema,
  checkFileSchema,
  checkSchema,
  findingFileSchema,
  findingSchema,
  type PageBoot,
  type PageCheck,
  type PageFailed,
  type PageFinding,
} from './check.js'
import {
  comparisonSchema,
  type PageComparison,
  type PageSweep,
  runFileSchema,
  runSchema,
  sweepSchema,
} from './comparison.js'
import { devicesSchema, type PageDevices } from './devices.js'
import { type PageReplay, replaySchema } from './replay.js'
import { type PageSize, sizeSchema } from './size.js'

type PageResult =
  | { readonly kind: 'compare'; readonly result: PageComparison }
  | { readonly kind: 'sweep'; readonly result: PageSweep }
  | { readonly kind: 'replay'; readonly result: PageReplay }
  | { readonly kind: 'size'; readonly result: PageSize }
  | { readonly kind: 'devices'; readonly result: PageDevices }
  | { readonly kind: 'check'; readonly result: PageCheck }
  | { readonly kind: 'finding'; readonly result: PageFinding }
  | { readonly kind: 'boot'; readonly result: PageBoot }
  | { readonly kind: 'failed'; readonly result: PageFailed }

/** One result, and where it comes from. */
export type PageDocument = PageResult & {
  readonly file: string
  readonly made: Made
  /** How many of those asked for are not in the file, since it was interrupted. */
  readonly missing: number
}

/** Of a document that holds no more than one result. */
const as =
  <K extends PageResult['kind']>(kind: K) =>
  <T>(result: T) => [{ kind, result }]

/** One result, or several in one document. */
const each = <K extends PageResult['kind'], T extends z.ZodType>(kind: K, schema: T) =>
  z
    .union([
      z.object({ traces: z.array(schema) }).transform(({ traces }) => traces),
      schema.transform((one) => [one]),
    ])
    .transform((results) => results.map((result) => ({ kind, result })))

/** The kinds that a page is made of. */
const readers = {
  compare: comparisonSchema.transform(as('compare')),
  run: runSchema.transform(as('compare')),
  'run-file': runFileSchema.transform((result) =>
    'faults' in result ? as('failed')(result) : as('compare')(result),
  ),
  sweep: sweepSchema.transform(as('sweep')),
  replay: each('replay', replaySchema),
  devices: each('devices', devicesSchema),
  size: sizeSchema.transform(as('size')),
  check: checkSchema.transform(as('check')),
  'check-file': checkFileSchema.transform((result) =>
    'faults' in result ? as('failed')(result) : as('check')(result),
  ),
  finding: findingSchema.transform(as('finding')),
  'finding-file': findingFileSchema.transform((result) =>
    'faults' in result ? as('failed')(result) : as('finding')(result),
  ),
  boot: bootSchema.transform(as('boot')),
  demo: z
    .object({ comparison: comparisonSchema, replay: replaySchema })
    .transform(({ comparison, replay }) => [...as('compare')(comparison), ...as('replay')(replay)]),
} as const satisfies Partial<Record<DocumentKind, z.ZodType<PageResult[]>>>

const kinds = Object.keys(readers) as (keyof typeof readers)[]

const head = z.object({
  schema: z.string(),
  made: z.object({ version: z.string(), command: z.string() }),
  missing: z.array(z.unknown()).default([]),
})

const AGAIN = 'make it again with --json'

/** @throws InputError that names the schema, for one that this version does not read */
function kindOf(file: string, schema: string): keyof typeof readers {
  const found = kinds.find((kind) => schemaOf(kind) === schema)
  if (found) return found
  const name = /^swiotlb-lab\/([a-z-]+)\/\d+$/.exec(schema)?.[1]
  const other = kinds.find((kind) => kind === name)
  if (other) {
    throw new InputError(`${file}: schema ${schema}: expected ${schemaOf(other)}; ${AGAIN}`)
  }
  throw new InputError(
    `${file}: schema ${schema}: expected one of ${kinds.map(schemaOf).join(', ')}`,
  )
}

/**
 * The results in a file that `--json` wrote.
 *
 * @throws InputError for what is no such file, is of another version, or lacks something
 */
export function readDocuments(file: string, text: string): PageDocument[] {
  const json = parseJson(file, text)
  const top = head.safeParse(json)
  if (!top.success) {
    const known = typeof json === 'object' && json !== null && 'schema' in json
    const what = known ? 'no "made" beside its schema' : 'no schema in it'
    throw new InputError(
      `${file}: ${what}: expected what a command prints with --json, from version 0.1.0 on; ${AGAIN}`,
    )
  }
  const { schema, made, missing } = top.data
  const reader = readers[kindOf(file, schema)]
  const parsed = reader.safeParse(json)
  if (!parsed.success) {
    const { message } = toInputError(reader, parsed.error, 'the result')
    throw new InputError(
      `${file}: not ${schema} as this version prints it, and made by version ${made.version}: ${message}; ${AGAIN}`,
    )
  }
  return parsed.data.map((result) => ({ ...result, file, made, missing: missing.length }))
}
