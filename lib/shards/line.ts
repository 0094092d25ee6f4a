/**
 * One part of a plan and its result, as a line of JSON. A line holds all that says what it is a part
 * of, so that it can be told from one of another plan, and a digest, so that it is whole.
 */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Identity } from './identity.js'
import type { Shard } from './shard.js'

export const SCHEMA = 'swiotlb-lab/shard'
/** Goes up when a line of before cannot be read any more. */
export const VERSION = 1

/** The commands that can be run in shards. */
const shardedCommands = ['compare', 'check', 'verify'] as const
type ShardedCommand = (typeof shardedCommands)[number]

/** What is run, all of it: the same in each line. Plain data. */
export interface Plan {
  readonly command: ShardedCommand
  /** As it is typed for one run, whose result this is a part of; without `--json`. */
  readonly typed: string
}

const count = z.number().int().min(1)

/** All but what depends on the command; that is covered by the digest. */
export const lineSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  version: z.literal(VERSION),
  by: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
  shard: z.strictObject({ number: count, of: count }),
  part: z.strictObject({ number: count, of: count, name: z.string() }),
  plan: z.looseObject({ command: z.enum(shardedCommands), typed: z.string() }),
  result: z.unknown(),
  sha256: z.string(),
})

export type ShardLine = z.infer<typeof lineSchema>

/** Of JSON, whose keys stay in their order when it is read and written again. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** The digest of a line: of all that stands before it. */
export const lineDigest = ({ sha256, ...rest }: Omit<ShardLine, 'sha256'> & { sha256?: string }) =>
  digestOf(rest)

/**
 * A line, with its end.
 *
 * @param part its number in the plan from 1, how many there are, and its name, as `areas=8`
 */
export function writeLine(
  by: Identity,
  shard: Shard,
  part: ShardLine['part'],
  plan: Plan,
  result: unknown,
): string {
  const line = { schema: SCHEMA, version: VERSION, by, shard, part, plan, result } as const
  return `${JSON.stringify({ ...line, sha256: digestOf(line) })}\n`
}
