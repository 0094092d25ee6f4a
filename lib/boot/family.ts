/** The kernels that read `swiotlb=` and size the pool alike, by the first version of each. */

/** In the order of their versions. */
export const families = ['5.15', '6.0', '6.12', '7.3'] as const

/**
 * - `5.15`: 5.15 and before, one lock and no areas; also 5.16 to 5.19, which read the parameter alike
 * - `6.0`: 6.0 to 6.5, areas
 * - `6.12`: 6.6 to 7.2, pools that may grow
 * - `7.3`: from 7.3 on, `track_hiwater`
 */
export type Family = (typeof families)[number]

/** What is taken where nothing says which kernel it is. */
export const DEFAULT_FAMILY: Family = '6.12'

export interface Version {
  readonly major: number
  readonly minor: number
}

/** `6.12.117-1-amd64` and the like; undefined when the text does not begin with a version. */
export function parseVersion(text: string): Version | undefined {
  const found = /^v?(\d{1,2})\.(\d{1,3})(?![\d])/.exec(text.trim())
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined
}

export const isBefore = (a: Version, major: number, minor: number): boolean =>
  a.major < major || (a.major === major && a.minor < minor)

/** The family that a version belongs to. */
export function familyOf(version: Version): Family {
  if (isBefore(version, 6, 0)) return '5.15'
  if (isBefore(version, 6, 6)) return '6.0'
  return isBefore(version, 7, 3) ? '6.12' : '7.3'
}

/** `Linux 6.0 to 6.5` */
export const familyWords: Readonly<Record<Family, string>> = {
  '5.15': 'Linux 5.15 (and all before 6.0)',
  '6.0': 'Linux 6.0 to 6.5',
  '6.12': 'Linux 6.6 to 7.2',
  '7.3': 'Linux 7.3 and later',
}

export const hasAreas = (family: Family): boolean => family !== '5.15'
