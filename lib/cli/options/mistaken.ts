/** Files that another command takes: they are named as what they are, with the command that takes them. */
import { InputError } from '../../index.js'
import { SCHEMA } from '../../shards/line.js'
import { readInput, STDIN } from './input.js'
import type { Io } from './io.js'
import { shellWord } from './next-step.js'

/** What was read of a file, as it was typed. */
export interface ReadText {
  readonly typed: string
  /** For errors. */
  readonly name: string
  readonly text: string
}

/** All of each, one after another. */
export async function readTexts(files: readonly string[], io: Io): Promise<ReadText[]> {
  const texts: ReadText[] = []
  for (const typed of files) {
    const text = Buffer.from(await readInput(typed, io.signal)).toString()
    texts.push({ typed, name: typed === STDIN ? 'stdin' : typed, text })
  }
  return texts
}

function schemaOf(json: string): unknown {
  try {
    return (JSON.parse(json) as { schema?: unknown } | null)?.schema
  } catch {
    return undefined
  }
}

const isShard = ({ text }: ReadText): boolean => schemaOf(text.split('\n', 1)[0] ?? '') === SCHEMA

/** @throws InputError for what --shard wrote, where whole results are taken */
export function refuseShards(files: readonly ReadText[]): void {
  const [first, ...others] = files.filter(isShard)
  if (!first) return
  const all = [first, ...others].map(({ typed }) => shellWord(typed)).join(' ')
  throw new InputError(
    `${first.name}: holds what --shard wrote; expected whole results, of which merge makes one of all ` +
      `shards: swiotlb-lab merge ${all} --json > result.json`,
  )
}

/** @throws InputError for a whole result, where lines of shards are taken */
export function refuseResults(files: readonly ReadText[]): void {
  for (const { typed, name, text } of files) {
    const schema = schemaOf(text)
    if (typeof schema !== 'string' || !/^swiotlb-lab\/[a-z-]+\/\d+$/.test(schema)) continue
    throw new InputError(
      `${name}: is a whole result (${schema}), and nothing is to be merged; expected lines as --shard ` +
        `writes them. A page is made of it by swiotlb-lab report ${shellWord(typed)} --out page.html`,
    )
  }
}
