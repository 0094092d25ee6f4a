/** results/kernels.json: which kernels the port was compared with, and what came of it. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { root, sourceSchema } from '../conditions.js'
import { parseJson } from '../json.js'

export const FILE = path.join(root, 'results', 'kernels.json')

/** What a folder says of its kernel, in a kernel.json beside its two folders. */
export const aboutSchema = z.strictObject({
  /** As people call it: `6.12.117`, `7.3, tracking`. */
  version: z.string().min(1),
  /** Of the file, in the tree that it is from; null where nobody said. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{12,40}$/, 'expected 12 to 40 hexadecimal digits')
    .nullable()
    .default(null),
  date: z.iso.date().nullable().default(null),
  /** How the two files were had, where that is not "as they are in this commit". */
  note: z.string().nullable().default(null),
})
export type About = z.infer<typeof aboutSchema>

const configurationSchema = z.strictObject({
  name: z.string(),
  outcome: z.enum(['identical', 'differs', 'unexplained', 'not-built', 'not-there']),
  /** Compared and found alike, in logs of every kind. */
  operations: z.int().min(0),
  logs: z.int().min(0),
  differing: z.int().min(0),
  /** What the differences can come from. */
  rules: z.array(z.string()),
  /**
   * Of logs of which every kernel makes the same, where those of other kinds differ; null where they
   * do not.
   */
  common: z.strictObject({ operations: z.int().min(0), differing: z.int().min(0) }).nullable(),
  /** Why there is nothing to compare; null where there is. */
  reason: z.string().nullable(),
})
export type Configuration = z.infer<typeof configurationSchema>

const kernelSchema = z.strictObject({
  ...aboutSchema.shape,
  /** When it was compared. */
  made: z.iso.datetime(),
  source: sourceSchema,
  compiler: z.string().nullable(),
  /** Of each configuration; as asked for. */
  wanted: z.int().min(1),
  seed: z.int().min(0),
  /** Rules that it has otherwise than the port. */
  rules: z.array(z.strictObject({ name: z.string(), words: z.string() })),
  configurations: z.array(configurationSchema),
  /** Why nothing of it could be compared; null where something was. */
  refused: z.string().nullable(),
})
export type Kernel = z.infer<typeof kernelSchema>

const fileSchema = z.strictObject({ kind: z.literal('kernels'), kernels: z.array(kernelSchema) })

/** Throws Error that names file and field. A file that is not there holds none. */
export function readKernels(file = FILE): Kernel[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return parseJson(path.basename(file), text, fileSchema).kernels
}

/** Puts kernels in place of those of the same version. */
export function writeKernels(kernels: readonly Kernel[], file = FILE): void {
  const versions = new Set(kernels.map(({ version }) => version))
  const others = readKernels(file).filter(({ version }) => !versions.has(version))
  const all = [...others, ...kernels].sort((a, b) => compareVersions(a.version, b.version))
  const checked = fileSchema.parse({ kind: 'kernels', kernels: all })
  writeFileSync(file, `${JSON.stringify(checked, null, 1)}\n`)
}

/** By their numbers, then by name. */
function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (/^[\d.]+/.exec(version)?.[0] ?? '').split('.').map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.localeCompare(b, 'en')
}
