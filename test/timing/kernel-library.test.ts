/** The kernel's own allocator as a variant: what is accepted, what is refused, and why. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { buildKernelLibraries, type ScenarioInput, timeVariants } from '../../lib/index.js'

const root = path.join(import.meta.dirname, '../..')
let folder: string

beforeAll(() => {
  mkdirSync(path.join(root, 'build'), { recursive: true })
  folder = mkdtempSync(path.join(root, 'build/kernel-library-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Compiles test/timing/kernel-library/fake.c. */
function fake(name: string, ...defines: string[]): string {
  const output = path.join(folder, `${name}.so`)
  const source = path.join(root, 'test/timing/kernel-library/fake.c')
  execFileSync('cc', ['-shared', '-fPIC', '-fvisibility=hidden', ...defines, source, '-o', output])
  return output
}

function scenario(pool: object = {}, copy = false): ScenarioInput {
  return {
    name: 'beside',
    pool: { slots: 4096, areas: 4, ...pool },
    cpus: 4,
    copy,
    workload: { sizes: [{ bytes: 4096 }], inFlight: 4 },
    steps: 100,
    timing: { threads: 1, rounds: 3, sliceMs: 1, latencyRounds: 0 },
  }
}

const beside = (file: string, input = scenario(), counters = false) =>
  timeVariants(input, [{ tracker: 'off' }, { kernel: { path: file, counters } }])

describe('a library in place of a variant', () => {
  it('is timed like one, and again after the run', async () => {
    const file = fake('good')
    for (const counters of [false, true]) {
      const { variants } = await beside(file, scenario(), counters)
      const [port, kernel] = variants
      expect(port?.kernel).toBeNull()
      expect(kernel?.kernel).toEqual({ path: file, counters })
      expect(kernel?.tracker).toBe(counters ? 'global-atomic' : 'off')
      expect(kernel?.throughput.nsPerPair.median).toBeGreaterThan(0)
      expect(kernel?.throughput.failedMaps).toBe(0)
      // It does next to nothing: a call that went through the port would not be this cheap.
      expect(kernel?.throughput.vsOff.ratio).toBeLessThan(0.8)
    }
  })

  it.each([
    ['version', '-DFAKE_VERSION=1', /version\.so: not built from this version's kernel-shim/],
    ['place', '-DFAKE_AREAS_AT=64', /its areas at 64, .* modulo 128, the port's at 0, 0, 0/],
    ['pool', '-DFAKE_EXTRA_SLABS=128', /another pool of 4096 slots, 4 areas/],
  ])('is refused with another %s', async (name, define, words) => {
    const file = fake(name, define)
    await expect(beside(file)).rejects.toThrow(words)
    // Nothing is left behind that would be in the way of the next.
    await expect(beside(file)).rejects.toThrow(words)
  })

  it('is refused when it is not there, or no such library', async () => {
    await expect(beside(path.join(folder, 'absent.so'))).rejects.toThrow(/absent\.so.*No such file/)
    await expect(beside('libm.so.6')).rejects.toThrow(/not built from this version's kernel-shim/)
  })

  it('is refused twice in one run, as the measure, and for a pool that grows', async () => {
    const kernel = { path: fake('twice'), counters: false }
    await expect(
      timeVariants(scenario(), [{ tracker: 'off' }, { kernel }, { kernel }]),
    ).rejects.toThrow(/twice\.so is there twice; a library holds one allocator/)
    await expect(timeVariants(scenario(), [{ kernel }, { tracker: 'off' }])).rejects.toThrow(
      /expected an off first/,
    )
    await expect(beside(kernel.path, scenario({ grow: true }))).rejects.toThrow(
      /a pool that grows is not timed/,
    )
  })
})

describe('compiling a kernel source', () => {
  it('names what is missing', async () => {
    await expect(buildKernelLibraries(path.join(folder, 'nowhere'), folder)).rejects.toThrow(
      /--kernel-source: .*nowhere cannot be read/,
    )
    await expect(buildKernelLibraries(path.join(root, 'test'), folder)).rejects.toThrow(
      /neither kernel\/dma\/swiotlb\.c nor linux-source/,
    )
  })

  const source = process.env['KERNEL_SOURCE']
  const named = 'times the real code beside the port (KERNEL_SOURCE names a kernel source)'
  const test = source === undefined ? it.skip : it
  test(named, async () => {
    const { uncounted, counted } = await buildKernelLibraries(source ?? '', folder)
    for (const copy of [false, true]) {
      const { variants } = await timeVariants(scenario({}, copy), [
        { tracker: 'off' },
        { tracker: 'global-atomic' },
        { kernel: uncounted },
        ...(counted ? [{ kernel: counted }] : []),
      ])
      for (const { throughput } of variants) {
        expect(throughput.failedMaps).toBe(0)
        expect(throughput.vsOff.ratio).toBeGreaterThan(0.5)
        expect(throughput.vsOff.ratio).toBeLessThan(2)
      }
    }
  }, 120_000)
})
