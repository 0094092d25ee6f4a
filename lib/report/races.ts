/** Data races with plain accesses, in words. */
import type { Race, RaceSide, Races } from '../virtual/types.js'
import { joinWords } from './text.js'

function sideWords({ from, line, bytes, write, plain }: RaceSide): string {
  const what = write ? 'write' : 'read'
  if (from === 0) return `the allocator's ${what}`
  const size = plain && bytes > 8 ? ` (${bytes} bytes at once, which no schedule splits)` : ''
  return `${plain ? 'the plain' : 'the'} ${what}${line === null ? '' : ` in line ${line}`}${size}`
}

const pairWords = ([plain, other]: Race): string => `${sideWords(plain)} with ${sideWords(other)}`

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
  const plain = races.flat().filter((side) => side.plain)
  const once = [
    ...(plain.some(({ write }) => !write) ? ['READ_ONCE()'] : []),
    ...(plain.some(({ write }) => write) ? ['WRITE_ONCE()'] : []),
  ]
  return [
    `data races: ${races.slice(0, SHOWN).map(pairWords).join('; ')}${moreWords(races.length, racesCut)}. The compiler may tear, repeat or leave out ` +
      `plain accesses: use ${joinWords(once)}, an atomic_long_t, or a lock.`,
  ]
}
