/** The configuration of a guest's kernel. */
import { readFileSync } from 'node:fs'
import { inPackage } from '../data/package.js'

export const GUEST = inPackage('kernel-patch/guest')

/** What a kernel is built with, beside what every guest's has. */
export interface KernelKind {
  /** The kernel's checks of its own locks are on; they change the layout of a lock. */
  readonly lockdep: boolean
  /** The pool may grow. */
  readonly dynamic: boolean
}

const x86: readonly string[] = [
  'HYPERVISOR_GUEST=y',
  'PARAVIRT=y',
  // As the kernels of clouds have them.
  'KVM_GUEST=y',
  'PVH=y',
  'IOMMU_SUPPORT=y',
  'INTEL_IOMMU=y',
  'X86_LOCAL_APIC=y',
  'X86_IO_APIC=y',
  'X86_MEM_ENCRYPT=n',
  'SERIAL_8250=y',
  'SERIAL_8250_CONSOLE=y',
  'UNWINDER_FRAME_POINTER=y',
]

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
    ...x86,
    ...(kind.lockdep ? lockdep : []),
    `SWIOTLB_DYNAMIC=${kind.dynamic ? 'y' : 'n'}`,
  ]
  return readFileSync(`${GUEST}/kernel.config`, 'utf8') + options.map(line).join('')
}

/** A folder's name for what is built of a kind. */
export const kindName = ({ lockdep: locks, dynamic }: KernelKind): string =>
  `${dynamic ? 'growing' : 'static'}${locks ? '-lockdep' : ''}`
