/** Which program this is: shards of different ones are not joined. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../data/package.js'

export interface Identity {
  readonly version: string
  /** Of a checkout, with `-dirty` where it was changed since; null for an installed package. */
  readonly commit: string | null
}

function commit(): string | null {
  // What an installed package lies in may be under git, too.
  if (!existsSync(join(packageRoot, '.git'))) return null
  const args = ['-C', packageRoot, 'describe', '--always', '--dirty', '--exclude=*', '--abbrev=40']
  try {
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

/** @param version of this package */
export const identity = ({ version }: Pick<Identity, 'version'>): Identity => ({
  version,
  commit: commit(),
})

export const identityWords = ({ version, commit: at }: Identity): string =>
  `swiotlb-lab ${version}${at === null ? '' : ` (${at})`}`
