/** Lines of a user's file for places in the object that was made of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { CheckResult, Finding, Race, RaceSide } from '../results/check.js'
import type { BuiltTracker } from '../tracker-file/types.js'

/** What the engines write where a line belongs: a place in the object, as `@0x1a2b`. */
const MARK = / @(0x[0-9a-f]+)$/

/** What addr2line says of return addresses: for each, the inlined places outwards. */
async function addr2line(object: string, places: readonly number[]): Promise<string | undefined> {
  // The call ends where the return address is: the line is that of the byte before.
  const addresses = places.map((at) => `0x${(at - 1).toString(16)}`)
  const child = spawn('addr2line', ['-a', '-i', '-e', object, ...addresses], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
    return said
  } catch {
    // It comes with the compiler's assembler; where it does not, lines are left out.
    return undefined
  }
}

/**
 * @param object the shared object
 * @param source the user's file, as the compiler was given it
 * @param places return addresses, counted from the object's beginning
 * @returns the line of the user's file for each; undefined where it is not known
 */
async function linesOf(
  object: string,
  source: string,
  places: readonly number[],
): Promise<(number | undefined)[]> {
  const said = places.length > 0 ? await addr2line(object, places) : undefined
  const blocks = (said ?? '').split(/^0x[0-9a-f]+$/m).slice(1)
  return places.map((_, i) => {
    const line = (blocks[i] ?? '').split('\n').find((at) => at.startsWith(`${source}:`))
    const number = Number(line?.slice(source.length + 1).match(/^\d+/)?.[0])
    return number > 0 ? number : undefined
  })
}

/** The engine's words with a line in the place of the mark, where there is one. */
export async function withLine(
  words: string | null,
  object: string,
  source: string,
): Promise<string | null> {
  const at = words === null ? null : MARK.exec(words)
  if (words === null || !at) return words
  const [line] = await linesOf(object, source, [Number(at[1])])
  return words.slice(0, at.index) + (line === undefined ? '' : ` (line ${line})`)
}

/** Where a tracker's object and its source are. */
type Built = Pick<BuiltTracker, 'path' | 'source'>

/** A finding whose invariant names the line. */
export async function findingWithLine<T extends Finding>(
  found: T,
  { path, source }: Built,
): Promise<T> {
  return { ...found, broken: await withLine(found.broken, path, source) }
}

/** What is told of an access: two places in the object may be one in the file. */
const sideKey = ({ from, line, bytes, write, plain }: RaceSide): string =>
  [from > 0, line, bytes, write, plain].join(' ')

const pairKey = (race: Race): string => race.map(sideKey).sort().join(', ')

/** Races with the lines of their accesses, each pair of them once. */
export async function racesWithLines(
  races: readonly Race[],
  { path, source }: Built,
): Promise<Race[]> {
  const known = races.flat().flatMap(({ from }) => (from > 0 ? [from] : []))
  const lines = await linesOf(path, source, known)
  const lineOf = (from: number): number | null => lines[known.indexOf(from)] ?? null
  const pairs = new Map<string, Race>()
  for (const [plain, other] of races) {
    const race: Race = [
      { ...plain, line: lineOf(plain.from) },
      { ...other, line: lineOf(other.from) },
    ]
    if (!pairs.has(pairKey(race))) pairs.set(pairKey(race), race)
  }
  return [...pairs.values()]
}

/** A search's answer with the lines of what it met. */
export async function checkWithLines(result: CheckResult, built: Built): Promise<CheckResult> {
  const { found, races } = result
  return {
    ...result,
    races: await racesWithLines(races, built),
    found: found && (await findingWithLine(found, built)),
  }
}
