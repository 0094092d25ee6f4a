/** The lines of all shards: each is checked, and together they must be all parts of one plan, once. */
import { difference, differenceWords } from '../data/difference.js'
import { InputError, toInputError } from '../data/errors.js'
import { type Identity, identityWords } from './identity.js'
import { lineDigest, lineSchema, SCHEMA, type ShardLine, VERSION } from './line.js'
import { shardName, shardOfPart } from './shard.js'

export interface ShardFile {
  /** For errors. */
  readonly name: string
  readonly text: string
}

/** What the shards were of, and the results of all parts in their order. */
export interface Joined {
  readonly plan: ShardLine['plan']
  readonly results: readonly unknown[]
}

/** A line, and where it stands, as `a.jsonl:3`. */
interface Placed {
  readonly at: string
  readonly line: ShardLine
}

const again = 'expected a line as --shard writes it: run that shard again'

function parseLine(at: string, text: string, cutOff: boolean): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const what = cutOff ? 'the last line is cut off' : 'no JSON'
    throw new InputError(`${at}: ${what}; ${again}`)
  }
}

/** Refuses what this program did not write, in the order in which it can be told. */
function checkLine(at: string, value: unknown, by: Identity): ShardLine {
  const { schema, version } = (value ?? {}) as { readonly schema?: unknown; version?: unknown }
  if (schema !== SCHEMA) {
    throw new InputError(
      `${at}: schema is ${JSON.stringify(schema) ?? 'not there'}; expected "${SCHEMA}"`,
    )
  }
  if (version !== VERSION) {
    throw new InputError(
      `${at}: version ${JSON.stringify(version)} of ${SCHEMA}; expected ${VERSION}: merge with the ` +
        'program that wrote it, or run the shards again with this one',
    )
  }
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) {
    throw new InputError(`${at}: ${toInputError(lineSchema, parsed.error, 'line').message}`)
  }
  // As it was read, not as the schema gives it: the order of keys is part of the digest.
  const line = value as ShardLine
  if (line.by.version !== by.version || line.by.commit !== by.commit) {
    throw new InputError(
      `${at}: written by ${identityWords(line.by)}; expected ${identityWords(by)}, which this is`,
    )
  }
  if (lineDigest(line) !== line.sha256) {
    throw new InputError(`${at}: was changed since it was written; ${again}`)
  }
  return line
}

function readFile({ name, text }: ShardFile, by: Identity): Placed[] {
  const lines = text.split('\n')
  // Behind the end of the last line there is nothing.
  const ended = lines.at(-1) === ''
  const whole = ended ? lines.slice(0, -1) : lines
  if (whole.length === 0) throw new InputError(`${name}: is empty; ${again}`)
  return whole.map((line, i) => {
    const at = `${name}:${i + 1}`
    const cutOff = !ended && i === whole.length - 1
    return { at, line: checkLine(at, parseLine(at, line, cutOff), by) }
  })
}

function checkSamePlan({ at, line }: Placed, first: Placed): void {
  const found = difference(line.plan, first.line.plan, 'plan')
  if (found) {
    throw new InputError(`${at}: ${differenceWords(found, first.at)}; expected shards of one plan`)
  }
  const { shard, part } = line
  if (shard.of !== first.line.shard.of || part.of !== first.line.part.of) {
    throw new InputError(
      `${at}: is of shard ${shardName(shard)} with ${part.of} parts in all, and ${first.at} of ` +
        `shard ${shardName(first.line.shard)} with ${first.line.part.of}; expected the same`,
    )
  }
  if (part.number > part.of || shard.number !== shardOfPart(part.number, shard.of)) {
    throw new InputError(
      `${at}: part ${part.number} of ${part.of} is not of shard ${shardName(shard)}; ${again}`,
    )
  }
}

/** By their numbers; refuses one that is there twice. */
function byPart(all: readonly Placed[]): Map<number, Placed> {
  const found = new Map<number, Placed>()
  for (const one of all) {
    const { number, of, name } = one.line.part
    const other = found.get(number)
    if (other) {
      throw new InputError(
        `${one.at}: part ${number} of ${of} (${name}) is in ${other.at} as well; expected each once`,
      )
    }
    found.set(number, one)
  }
  return found
}

/** Says where a part should have been: behind its shard's last line, if there is any. */
function missing(part: number, { shard, part: { of } }: ShardLine, all: readonly Placed[]): never {
  const number = shardOfPart(part, shard.of)
  const last = all.findLast(({ line }) => line.shard.number === number)
  const name = shardName({ number, of: shard.of })
  const files = [...new Set(all.map(({ at }) => at.replace(/:\d+$/, '')))].join(', ')
  throw new InputError(
    last
      ? `${last.at}: is the last line of shard ${name}, and part ${part} of ${of} is missing; ` +
          'expected it behind that: run that shard again'
      : `${files}: shard ${name} is missing, with part ${part} of ${of}; expected its file as well`,
  )
}

/**
 * Joins the lines of shards.
 *
 * @param by this program
 * @throws InputError with file and line for one that is cut off, was changed, is of another schema,
 *   version, program or plan, is there twice, or is missing
 */
export function joinShards(files: readonly ShardFile[], by: Identity): Joined {
  const all = files.flatMap((file) => readFile(file, by))
  const [first] = all
  if (!first) throw new InputError('expected the files of shards')
  for (const one of all) checkSamePlan(one, first)
  const found = byPart(all)
  const results = Array.from({ length: first.line.part.of }, (_, i) => {
    const one = found.get(i + 1) ?? missing(i + 1, first.line, all)
    return one.line.result
  })
  return { plan: first.line.plan, results }
}
