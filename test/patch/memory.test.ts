// What a tracker takes of a kernel's memory: by the sizes of its structures, and for CPUs that a kernel
// is configured for. That kernels have the same sizes is asked by `npm run test:patch`.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { InputError, trackerMemory } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import { standInKernel } from '../guest/stand-in.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()
const { CC } = process.env
// Each compiles a file for many numbers of CPUs.
jest.setTimeout(120_000)

afterEach(() => {
  if (CC === undefined) delete process.env['CC']
  else process.env['CC'] = CC
})

/** A tracker that does nothing with the words that it has. */
function madeOf(name: string, area: string, mem: string, more = ''): string {
  const file = join(scratch, name)
  writeFileSync(
    file,
    `#include "trackers/tracker.h"
struct tracker_area {${area}};
struct tracker_mem {${mem}};
${more}
#include "swiotlb/types.h"
static inline unsigned long tracker_used(struct io_tlb_mem *mem) { return 0; }
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem) { return 0; }
static inline void tracker_reset(struct io_tlb_mem *mem) {}
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED, .over = TRACKER_UNBOUNDED };
}
`,
  )
  return file
}

const refusal = (tracker: string): Promise<string> =>
  trackerMemory(tracker).then(
    () => 'was not refused',
    (error: unknown) => (error instanceof InputError ? error.message : String(error)),
  )

describe('of a tracker', () => {
  test('whose areas have words for each CPU: that is not told, and said', async () => {
    const cold = 'struct tracker_cold { char log[NR_CPUS]; };\n#define tracker_cold tracker_cold\n'
    const said = /the words of an area take more with a larger NR_CPUS, and that is not told here$/
    expect(await refusal(madeOf('cold.h', 'long a;', 'long all;', cold))).toMatch(said)
    expect(await refusal(madeOf('each.h', 'char log[NR_CPUS];', 'long all;'))).toMatch(said)
  })

  test('whose compiler is ended from outside: nothing is said of the file', async () => {
    const compiler = join(scratch, 'ended')
    writeFileSync(compiler, '#!/bin/sh\ncase "$*" in *sizes.c*) kill -9 $$ ;; esac\n', {
      mode: 0o755,
    })
    process.env['CC'] = compiler
    expect(await refusal('reserve')).toMatch(/: the compiler was ended by SIGKILL$/)
  })

  test('with words for groups of CPUs, an area and its cold words', async () => {
    const groups = 'long all[3]; char group[DIV_ROUND_UP(NR_CPUS, 4)][40];'
    const cold = 'struct tracker_cold { char log[1000]; };\n#define tracker_cold tracker_cold\n'
    const memory = await trackerMemory(madeOf('groups.h', 'long a[2];', groups, cold))
    // Its own two words, and the address of the cold ones.
    expect(memory.area).toEqual({ bytes: 16 + 16 + 8, plainBytes: 16, allocatedBytes: 1000 })
    expect(memory.perCpus).toEqual({ cpus: 4, bytes: 40 })
    const at = (cpus: number) => memory.allocator.find((one) => one.cpus === cpus)
    const { roomBytes } = memory
    expect(at(8)).toEqual({
      ...{ cpus: 8, bytes: 24 + 2 * 40, allocatedBytes: 0 },
      totalBytes: roomBytes + 8 * (16 + 8 + 1000),
    })
    expect(at(16)).toEqual({
      ...{ cpus: 16, bytes: 24 + 4 * 40, allocatedBytes: 24 + 4 * 40 },
      totalBytes: roomBytes + 24 + 4 * 40 + 16 * (16 + 8 + 1000),
    })
    expect(at(8192)?.bytes).toBe(24 + 2048 * 40)
  })

  test('that no number of CPUs explains names none', async () => {
    const square = 'char all[NR_CPUS * NR_CPUS];'
    const { perCpus, allocator } = await trackerMemory(madeOf('square.h', '', square))
    expect(perCpus).toBeNull()
    expect(allocator.find(({ cpus }) => cpus === 64)?.bytes).toBe(64 * 64)
  })

  test('without words, and with as many as there is room for, allocates nothing', async () => {
    const none = await trackerMemory('off')
    expect(none.area.bytes).toBe(none.area.plainBytes)
    const room = none.roomBytes
    expect(none.allocator.every(({ totalBytes }) => totalBytes === room)).toBe(true)
    const allocated = async (bytes: number): Promise<(number | undefined)[]> => {
      const { allocator } = await trackerMemory(madeOf(`of-${bytes}.h`, '', `char c[${bytes}];`))
      return [...new Set(allocator.map(({ allocatedBytes }) => allocatedBytes))]
    }
    expect([await allocated(room), await allocated(room + 1)]).toEqual([[0], [room + 1]])
  })
})

describe('is not known, and why is said', () => {
  test('of a file that does not compile', async () => {
    expect(await refusal(madeOf('word.h', 'nosuch_t a;', ''))).toMatch(
      /word\.h: does not compile, line 2: .*nosuch_t/,
    )
  })

  test('without a compiler, where the patch is made all the same', async () => {
    process.env['CC'] = 'nosuch-cc'
    expect(await refusal('reserve')).toContain('looked for nosuch-cc in PATH')
    const kernelSource = standInKernel(join(scratch, 'kernel'))
    const args = ['patch', '--tracker', 'reserve', '--kernel-source', kernelSource]
    const { code, stdout } = await cli(args)
    expect(code).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Memory is not known: a tracker file needs a C compiler: looked for nosuch-cc in PATH;',
    )
    const { memory, memoryUnknown } = JSON.parse((await cli([...args, '--json'])).stdout)
    expect(memory).toBeNull()
    expect(memoryUnknown).toContain('nosuch-cc')
  })
})

test('the command prints what is known', async () => {
  const kernelSource = standInKernel(join(scratch, 'another'))
  const args = ['patch', '--tracker', 'reserve', '--kernel-source', kernelSource]
  const { memory, memoryUnknown } = JSON.parse((await cli([...args, '--json'])).stdout)
  expect(memoryUnknown).toBeNull()
  expect(memory).toEqual(JSON.parse(JSON.stringify(await trackerMemory('reserve'))))
  const { stdout } = await cli(args)
  const { area, perCpus } = memory
  expect(stdout).toContain(`An area is ${area.bytes} bytes, and ${area.plainBytes} without`)
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    `Of that, ${perCpus.bytes} bytes are for each further ${perCpus.cpus} CPUs`,
  )
  for (const { cpus, bytes, totalBytes } of memory.allocator) {
    const row = new RegExp(`^ +${cpus} +${bytes} +${bytes} +${totalBytes}$`, 'm')
    expect([cpus, row.test(stdout)]).toEqual([cpus, [8, 64, 512, 8192].includes(cpus)])
  }
})
