/** Where an axis has its ticks. */

const mantissa = (value: number): number =>
  Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9))

/** 1, 2, 5, 10, 20, and fewer where that is too many. */
export function logTicks(all: readonly number[], most: number): number[] {
  const fives = all.filter((value) => [1, 2, 5].includes(mantissa(value)))
  if (fives.length <= most) return fives.length >= 2 ? fives : thinned(all, most)
  const tens = all.filter((value) => mantissa(value) === 1)
  return tens.length >= 2 ? thinned(tens, most) : thinned(fives, most)
}

/** Each, or each second, fourth and so on. */
export function thinned<T>(all: readonly T[], most: number): T[] {
  let every = 1
  while (all.length / every > most) every *= 2
  return all.filter((_, i) => i % every === 0)
}

/** 64, 128, 256, and fewer where that is too many; none where the domain holds but one. */
export function powersOfTwo([least, most]: readonly number[], wanted: number): number[] {
  const [first, last] = [
    Math.ceil(Math.log2(least as number)),
    Math.floor(Math.log2(most as number)),
  ]
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 2 ** (first + i))
  return all.length < 2 ? [] : thinned(all, wanted)
}

/** 0, 16, 32, 48: about so many, from before the least to behind the most. */
export function multiplesOfTwo(least: number, most: number, wanted: number): number[] {
  const step = 2 ** Math.ceil(Math.log2((most - least) / wanted))
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)]
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}
