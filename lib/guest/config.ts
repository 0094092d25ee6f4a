/** The configuration of a guest's kernel. */
import { readFileSync } from 'node:fs'
import { inPackage } from '../data/package.js'
import { type Arch, archFacts } from './arch.js'

export const GUEST = inPackage('kernel-patch/guest')

/** What a kernel is built with, beside what every guest's has. */
export interface KernelKind {
  readonly arch: Arch
  /** The kernel's checks of its own locks are on; they change the layout of a lock. */
  readonly lockdep: boolean
  /** The pool may grow. */
  readonly dynamic: boolean
}

const lockdep: readonly string[] = [
  'PROVE_LOCKING=y',
  'DEBUG_ATOMIC_SLEEP=y',
  'DEBUG_LIST=y',
  'RCU_EXPERT=y',
  'PROVE_RCU_LIST=y',
]

const line = (option: string): string => `CONFIG_${option}\n`

/** @returns lines for KCONFIG_ALLCONFIG, beside `make allnoconfig` */
export function kernelConfig(kind: KernelKind): string {
  const options = [
    ...archFacts(kind.arch).options,
    ...(kind.lockdep ? lockdep : []),
    `SWIOTLB_DYNAMIC=${kind.dynamic ? 'y' : 'n'}`,
  ]
  return readFileSync(`${GUEST}/kernel.config`, 'utf8') + options.map(line).join('')
}

/** A folder's name for what is built of a kind. */
export const kindName = ({ arch, lockdep: locks, dynamic }: KernelKind): string =>
  [
    // The first there was has no name.
    ...(arch === 'x86-64' ? [] : [arch]),
    dynamic ? 'growing' : 'static',
    ...(locks ? ['lockdep'] : []),
  ].join('-')
