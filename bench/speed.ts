/** Pairs in a second, from what a run took less what another took. */

/** Null where the difference is no time at all: the noise of the two was larger than it. */
export const rate = (pairs: number, seconds: number): number | null =>
  seconds > 0 ? pairs / seconds : null

/** Millions, every try: `1.25, -, 1.30`. */
export const ratesText = (rates: readonly (number | null)[]): string =>
  rates.map((value) => (value === null ? '-' : (value / 1e6).toFixed(2))).join(', ')

/** What the dashes of a table are; nothing where there are none. */
export function lostText(rates: readonly (number | null)[]): string[] {
  const lost = rates.filter((value) => value === null).length
  return lost === 0
    ? []
    : [`  -: in ${lost} of ${rates.length} the run took no longer than what is taken off it`]
}
