/**
 * A run in parts, on as many machines as there are shards, and what makes one result of them again.
 *
 * | file        | what it does                                                              |
 * | ----------- | ------------------------------------------------------------------------- |
 * | shard.ts    | which parts a shard has                                                   |
 * | line.ts     | a part's result as a line of JSON                                         |
 * | read.ts     | lines of all shards, refused unless they are the parts of one plan        |
 * | identity.ts | which program wrote a line                                                |
 */
import { InputError } from '../data/errors.js'

/** One of `of`, counted from 1. */
export interface Shard {
  readonly number: number
  readonly of: number
}

export const shardName = ({ number, of }: Shard): string => `${number}/${of}`

/** The shard that has a part, counted from 1: they take turns. */
export const shardOfPart = (part: number, of: number): number => ((part - 1) % of) + 1

/**
 * Numbers of a shard's parts, counted from 1.
 *
 * @param what the parts are, as `steps of the series`
 * @throws InputError where a shard would have none
 */
export function partsOf({ number, of }: Shard, parts: number, what: string): number[] {
  if (of > parts) {
    throw new InputError(
      `--shard: expected at most ${parts} shards, for there are ${parts} ${what}, not ${of}`,
    )
  }
  return Array.from({ length: parts }, (_, i) => i + 1).filter(
    (part) => shardOfPart(part, of) === number,
  )
}
