/** Lines of a user's file for places in the object that was made of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import type { CheckResult, Finding, Race, Step } from '../results/check.js'
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

/** A line of one of the files that a tracker is written in. */
interface At {
  readonly path: string
  readonly line: number
}

/**
 * @param object the shared object
 * @param paths of the user's file and of those that it includes, as the compiler was given them
 * @param places return addresses, counted from the object's beginning
 * @returns the line for each, where several were inlined the innermost; undefined where it is not known
 */
async function placesIn(
  object: string,
  paths: readonly string[],
  places: readonly number[],
): Promise<(At | undefined)[]> {
  const said = places.length > 0 ? await addr2line(object, places) : undefined
  const blocks = (said ?? '').split(/^0x[0-9a-f]+$/m).slice(1)
  return places.map((_, i) => {
    for (const at of (blocks[i] ?? '').split('\n')) {
      const path = paths.find((one) => at.startsWith(`${one}:`))
      const line = Number(path && at.slice(path.length + 1).match(/^\d+/)?.[0])
      if (path !== undefined && line > 0) return { path, line }
    }
    return undefined
  })
}

/** Lines of the user's file alone. */
const linesOf = async (
  object: string,
  source: string,
  places: readonly number[],
): Promise<(number | undefined)[]> =>
  (await placesIn(object, [source], places)).map((at) => at?.line)

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
type Built = Pick<BuiltTracker, 'path' | 'source' | 'files'>

/** Steps with the places in the tracker's files. */
async function stepsWithPlaces(
  steps: readonly Step[],
  { path, files }: Built,
): Promise<readonly Step[]> {
  const known = [...new Set(steps.flatMap(({ from }) => (from > 0 ? [from] : [])))]
  const paths = files.map((file) => file.path)
  const places = await placesIn(path, paths, known)
  const texts = new Map(files.map((file) => [file.path, file.text.split('\n')]))
  return steps.map((step) => {
    const at = places[known.indexOf(step.from)]
    if (!at) return step
    const code = texts.get(at.path)?.[at.line - 1]?.trim() ?? ''
    return { ...step, place: { file: basename(at.path), line: at.line, code } }
  })
}

/** A finding whose invariant and whose steps name the lines. */
export async function findingWithLines<T extends Finding>(found: T, built: Built): Promise<T> {
  const broken = await withLine(found.broken, built.path, built.source)
  return { ...found, broken, steps: await stepsWithPlaces(found.steps, built) }
}

/** Races with the lines of their accesses. */
export async function racesWithLines(
  races: readonly Race[],
  { path, source }: Pick<Built, 'path' | 'source'>,
): Promise<Race[]> {
  const known = races.flat().flatMap(({ from }) => (from > 0 ? [from] : []))
  const lines = await linesOf(path, source, known)
  const lineOf = (from: number): number | null => lines[known.indexOf(from)] ?? null
  return races.map(([plain, other]): Race => {
    return [
      { ...plain, line: lineOf(plain.from) },
      { ...other, line: lineOf(other.from) },
    ]
  })
}

/** A search's answer with the lines of what it met. */
export async function checkWithLines(result: CheckResult, built: Built): Promise<CheckResult> {
  const { found, races } = result
  return {
    ...result,
    races: await racesWithLines(races, built),
    found: found && (await findingWithLines(found, built)),
  }
}
