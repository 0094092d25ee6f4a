/** Data races with plain accesses, in words. */
import type { Race, RaceSide, Races } from '../../results/check.js'
import { joinWords } from '../words.js'

/** The accesses of one place in the file that raced with those of another. */
interface Side extends Pick<RaceSide, 'from' | 'line' | 'bytes' | 'plain'> {
  readonly reads: boolean
  readonly writes: boolean
}

const placeOf = ({ from, line, plain }: Pick<Side, 'from' | 'line' | 'plain'>): string =>
  from === 0 ? 'allocator' : `${line} ${plain}`

const sideOf = ({ write, ...rest }: RaceSide): Side => ({ ...rest, reads: !write, writes: write })

const joined = (one: Side, other: Side): Side => ({
  ...one,
  bytes: Math.max(one.bytes, other.bytes),
  reads: one.reads || other.reads,
  writes: one.writes || other.writes,
})

/** A line that reads and writes races in several ways with one other: they are told together. */
function pairsOf(races: readonly Race[]): (readonly [Side, Side])[] {
  const pairs = new Map<string, readonly [Side, Side]>()
  for (const race of races) {
    const key = race.map(placeOf).sort().join(', ')
    const [one, other] = [sideOf(race[0]), sideOf(race[1])]
    const known = pairs.get(key)
    if (!known) pairs.set(key, [one, other])
    else if (placeOf(known[0]) === placeOf(one))
      pairs.set(key, [joined(known[0], one), joined(known[1], other)])
    else pairs.set(key, [joined(known[0], other), joined(known[1], one)])
  }
  return [...pairs.values()]
}

function sideWords({ from, line, bytes, reads, writes, plain }: Side): string {
  const what = joinWords([...(reads ? ['read'] : []), ...(writes ? ['write'] : [])])
  if (from === 0) return `the allocator's ${what}`
  const size = plain && bytes > 8 ? ` (${bytes} bytes at once, which no schedule splits)` : ''
  return `${plain ? 'the plain' : 'the'} ${what}${line === null ? '' : ` in line ${line}`}${size}`
}

const pairWords = ([plain, other]: readonly [Side, Side]): string =>
  `${sideWords(plain)} with ${sideWords(other)}`

/** What a reader takes in; all that were kept are in the JSON document. */
const SHOWN = 4

function moreWords(pairs: number, cut: boolean): string {
  const rest = Math.max(0, pairs - SHOWN)
  if (cut) return rest > 0 ? `; and at least ${rest} more` : '; and maybe more'
  return rest > 0 ? `; and ${rest} more` : ''
}

/** `data races: the plain read in line 19 with the plain write in line 20; use READ_ONCE() ...` */
export function raceWords({ races, racesCut }: Races): string[] {
  if (races.length === 0) return []
  const pairs = pairsOf(races)
  const plain = races.flat().filter((side) => side.plain)
  const once = [
    ...(plain.some(({ write }) => !write) ? ['READ_ONCE()'] : []),
    ...(plain.some(({ write }) => write) ? ['WRITE_ONCE()'] : []),
  ]
  return [
    `data races: ${pairs.slice(0, SHOWN).map(pairWords).join('; ')}${moreWords(pairs.length, racesCut)}. The compiler may tear, repeat or leave out ` +
      `plain accesses: use ${joinWords(once)}, an atomic_long_t, or a lock.`,
  ]
}
