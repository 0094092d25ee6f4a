/** The kernel's own code, compiled for as long as the benchmark runs. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { buildKernelLibraries, type KernelLibraries } from 'swiotlb-lab'
import { root } from './conditions.js'

const folder = path.join(root, 'dist-bench')

/**
 * Compiles the allocator of a kernel source, hands it over, and removes it afterwards. Without a
 * source there is nothing to hand over.
 */
export async function withKernel<T>(
  source: string | undefined,
  signal: AbortSignal,
  use: (kernel: KernelLibraries | null) => Promise<T>,
): Promise<T> {
  if (source === undefined) return use(null)
  mkdirSync(folder, { recursive: true })
  const into = mkdtempSync(path.join(folder, 'kernel-'))
  try {
    return await use(await buildKernelLibraries(source, into, signal))
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

/** Which code it is, and what it was compiled with. */
export function kernelWords({ name, version, compiler, flags }: KernelLibraries): string {
  return (
    `the kernel's own code: ${version === null ? name : `Linux ${version}`}; ${compiler}; ` +
    flags.filter((flag) => /^-(?:O|fno-strict|falign|Wa,)/.test(flag)).join(' ')
  )
}
