/** `--shard i/n`: a part of a run, as lines that `merge` joins with those of the others. */
import type { Command } from 'commander'
import { InputError } from '../../index.js'
import { identity } from '../../shards/identity.js'
import { type Plan, writeLine } from '../../shards/line.js'
import type { Shard } from '../../shards/shard.js'
import type { Io } from './io.js'

export interface ShardFlags {
  readonly shard?: Shard
  /** In place of how the program was called: what the joined shards are the result of. */
  readonly typed?: string
}

function shard(text: string): Shard {
  const [, number, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number)
  if (number !== undefined && of !== undefined && number >= 1 && number <= of) {
    return { number, of }
  }
  throw new InputError(`--shard: expected a shard and how many there are, as 1/4, not "${text}"`)
}

/** @param parts what a shard is made of, as `steps of the series` */
export const addShardOption = (command: Command, parts: string): Command =>
  command.option(
    '--shard <i/n>',
    `only each n-th of the ${parts}, from the i-th on: prints lines for \`merge\``,
    shard,
  )

/** A part of the plan: its number from 1, what it is called, and its result. */
export type Part = readonly [number: number, name: string, run: () => Promise<unknown>]

/** Prints a line for each part, as soon as it is there. */
export async function printShard(
  of: Shard,
  plan: Omit<Plan, 'typed'>,
  all: number,
  parts: readonly Part[],
  io: Io,
): Promise<void> {
  const by = identity(io.made)
  const typed = io.made.command.replace(/ --shard[ =]\d+\/\d+(?= |$)| --json(?= |$)/g, '')
  for (const [number, name, run] of parts) {
    const result = await run()
    await io.printPart(writeLine(by, of, { number, of: all, name }, { ...plan, typed }, result))
  }
}
