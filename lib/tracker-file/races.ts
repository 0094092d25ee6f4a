/** Data races of several searches as those of one. */
import type { Race, RaceSide, Races } from '../results/check.js'

/** LAB_CHECK_MAX_RACES of the engine: so many are kept, and what came behind is not. */
export const MAX_RACES = 32

/** As the engine keeps them: each pair of places once, and the first so many. */
export function joinRaces(searches: readonly (readonly Race[])[]): Races {
  const pairs = new Map<string, Race>()
  for (const race of searches.flat()) {
    const key = race
      .map(({ from }) => from)
      .sort((a, b) => a - b)
      .join(' ')
    if (!pairs.has(key)) pairs.set(key, race)
  }
  const races = [...pairs.values()].slice(0, MAX_RACES)
  return { races: distinctRaces(races), racesCut: races.length >= MAX_RACES }
}

/** What is told of an access: two places in the object may be one in the file. */
const sideKey = ({ from, line, bytes, write, plain }: RaceSide): string =>
  [from > 0, line, bytes, write, plain].join(' ')

const pairKey = (race: Race): string => race.map(sideKey).sort().join(', ')

/** Each pair of lines once. */
function distinctRaces(races: readonly Race[]): Race[] {
  const pairs = new Map<string, Race>()
  for (const race of races) if (!pairs.has(pairKey(race))) pairs.set(pairKey(race), race)
  return [...pairs.values()]
}
