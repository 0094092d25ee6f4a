/** Why the running kernel has no pool to look at, where its own command line says so. */
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { readCommandLine } from '../boot/command-line.js'
import { DEFAULT_FAMILY, familyOf, parseVersion } from '../boot/family.js'
import { told } from '../boot/told.js'

/** @param file of the kernel's command line */
export async function whyNoPool(file = '/proc/cmdline'): Promise<string | undefined> {
  const text = await readFile(file, 'latin1').catch(() => '')
  const version = parseVersion(release())
  const family = version ? familyOf(version) : DEFAULT_FAMILY
  const { bounce } = told(readCommandLine(text.trim()), { family, cpus: null, memoryBytes: null })
  return bounce === 'noforce'
    ? 'the command line has swiotlb=noforce: this machine has no pool, and nothing bounces'
    : undefined
}
