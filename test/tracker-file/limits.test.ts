// What a tracker file may not do: it is named, with its line and what to do instead.

import { join } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import {
  checkTrackerFile,
  type ReplayResultWithFiles,
  type TrackerFileRun,
} from '../../lib/index.js'
import { refusal } from '../../lib/tracker-file/watched.js'
import { cli } from '../cli/process.js'
import { example, leavesNothing, removeFolder, withMap, write } from './files.js'

jest.setTimeout(300_000)

leavesNothing()
afterAll(removeFolder)

const SEEDS = 500
/** The example with code on every map, and more in front of all. */
const file = (name: string, code: string, before = ''): string =>
  write(name, before + withMap('true', `{ ${code} }`))
const faultOf = async (path: string): Promise<string | null> =>
  (await checkTrackerFile(path, { seeds: SEEDS })).fault

describe('what asks the real machine is refused with the word to use instead', () => {
  test.each([
    [
      'sched_getcpu',
      'WRITE_ONCE(t->hiwater, sched_getcpu());',
      '#include <sched.h>\n',
      /raw_smp_p/,
    ],
    ['pthread_self', 'WRITE_ONCE(t->hiwater, pthread_self());', '', /raw_smp_processor_id\(\)/],
    [
      'clock_gettime',
      'struct timespec at; clock_gettime(0, &at); WRITE_ONCE(t->hiwater, at.tv_nsec);',
      '#include <time.h>\n',
      /clock of its own; use get_cycles\(\)/,
    ],
    ['rand', 'WRITE_ONCE(t->hiwater, rand());', '#include <stdlib.h>\n', /keep the state/],
    ['syscall', 'syscall(39);', '#include <unistd.h>\n', /kernel words only/],
    [
      'mine',
      'mine++; WRITE_ONCE(t->hiwater, mine);',
      'static __thread long mine;\n',
      /NR_CPUS words/,
    ],
    [
      'pthread_spin_lock',
      'pthread_spin_lock(&mem->lock.raw); pthread_spin_unlock(&mem->lock.raw);',
      '',
      /use spin_lock\(\)/,
    ],
  ] as const)('%s', async (name, code, before, words) => {
    const fault = await faultOf(file(`${name}.h`, code, before))
    expect(fault).toMatch(new RegExp(`^line \\d+: ${name}`))
    expect(fault).toMatch(words)
  })

  test.each([
    [
      'memcmp',
      '<string.h>',
      'if (memcmp(t, &mem->layout, 8)) WRITE_ONCE(t->hiwater, 1);',
      /one by one/,
    ],
    [
      'memcmp',
      '',
      'if (__builtin_memcmp(t, &mem->layout, 8)) WRITE_ONCE(t->hiwater, 1);',
      /READ_ONCE/,
    ],
    [
      'strcpy',
      '',
      'strcpy((char *)t, (char *)area_at(&mem->defpool, mem->layout, 0));',
      /READ_ONCE/,
    ],
    ['memchr', '', 'if (memchr(t, 1, 8)) WRITE_ONCE(t->hiwater, 1);', /one by one/],
    [
      'malloc',
      '<stdlib.h>',
      'WRITE_ONCE(t->hiwater, (unsigned long)malloc(8));',
      /struct tracker_mem/,
    ],
    ['qsort', '<stdlib.h>', 'qsort(t, 1, 8, NULL);', /one by one/],
    ['pthread_rwlock_rdlock', '', 'pthread_rwlock_rdlock((void *)t);', /use spin_lock\(\)/],
    ['sem_wait', '<semaphore.h>', 'sem_wait((void *)t);', /use spin_lock\(\)/],
    ['read', '<unistd.h>', 'if (read(0, t, 8)) {}', /kernel words only/],
    [
      'environ',
      '<unistd.h>',
      'WRITE_ONCE(t->hiwater, (unsigned long)environ);',
      /kernel words only/,
    ],
  ] as const)('%s of %s, as all that is not known', async (name, header, code, words) => {
    const before = header === '' ? '' : `#include ${header}\n`
    const fault = await faultOf(file(`known-${name}.h`, code, before))
    expect(fault).toMatch(
      new RegExp(`^line \\d+: ${name}(?:\\(\\))? is not among a tracker's words: `),
    )
    expect(fault).toMatch(words)
  })

  test('nothing that is the file’s own, whatever it is called', async () => {
    const names = [
      'static unsigned long time; time += nslabs_of(mem); WRITE_ONCE(t->hiwater, 0 * time);',
      'static unsigned long clock[4]; clock[nslots & 3] = 0; WRITE_ONCE(t->hiwater, ftime(0, 3));',
    ]
    const own = `static unsigned long nslabs_of(const void *mem) { return mem != 0; }
static __attribute__((noinline)) unsigned long ftime(unsigned long a, unsigned long b)
{ return (a * b) & 0; }
`
    for (const [i, code] of names.entries())
      expect(await faultOf(file(`own-name-${i}.h`, code, own))).toBeNull()
  })

  test('arithmetic is not, for which the compiler calls its own library', async () => {
    const code = `unsigned __int128 wide = (unsigned __int128)used * used / (nslots + 1);
      WRITE_ONCE(t->hiwater, (unsigned long)wide + __builtin_popcountl(used) + labs((long)used));`
    expect(await faultOf(file('wide.h', code, '#include <stdlib.h>\n'))).toBeNull()
  })

  test('a word of each thread is, also where it is declared in a function', async () => {
    const code = 'static __thread long seen; seen++; WRITE_ONCE(t->hiwater, seen);'
    expect(await faultOf(file('seen.h', code))).toMatch(/^line \d+: seen is kept for each thread/)
  })

  test('inline assembly, but for what touches nothing', async () => {
    const unseen = file('asm.h', '__asm__ volatile("incq %0" : "+m"(t->hiwater));')
    expect(await faultOf(unseen)).toMatch(/^line \d+: inline assembly \("incq .*cannot see/)
    expect(await faultOf(file('barrier.h', '__asm__ volatile("" ::: "memory");'))).toBeNull()
  })

  test('instructions of both processors, and names that are the file’s own', () => {
    const said = (...lines: string[]): string | undefined =>
      refusal(['\t.file 1 "/m" "mine.h"', '\t.loc 1 7 3', ...lines].join('\n'), '/m/mine.h')
    expect(said('\trdtsc')).toMatch(/^line 7: rdtsc asks the real machine: .*get_cycles\(\)/)
    expect(said('\tmrs\tx0, cntvct_el0')).toMatch(
      /^line 7: mrs asks the real machine: .*get_cycles\(\)/,
    )
    expect(said('\trdtscp')).toMatch(/raw_smp_processor_id/)
    expect(said('\tcall\ttime@PLT')).toMatch(/^line 7: time\(\)/)
    expect(said('\tcall\ttime', 'time:')).toBeUndefined()
    expect(said('\tmovq\ttime.0(%rip), %rax', '\t.comm\ttime.0,8,8')).toBeUndefined()
    expect(said('\tcall\trandom.constprop.0', 'random.constprop.0:')).toBeUndefined()
    expect(said('\tjmp\t*memcmp@GOTPCREL(%rip)')).toMatch(/^line 7: memcmp\(\) is not among/)
    expect(said('\tbl\tmemcmp')).toMatch(/^line 7: memcmp\(\) is not among/)
    expect(said('\tbl\t__aarch64_ldadd8_acq_rel')).toBeUndefined()
    expect(said('\tadrp\tx0, :got:environ')).toMatch(/^line 7: environ is not among/)
    expect(said('\tcbz\tx0, .L3', '\tb.eq\t.L3', '\tmov\tx0, time')).toBeUndefined()
    expect(said('\t.quad\tmemcmp')).toMatch(/^line 7: memcmp is not among/)
    expect(said('\t.string\t"time"')).toBeUndefined()
    expect(said('\tmovl\t%eax, %fs:seen@tpoff')).toMatch(/^line 7: seen is kept for each thread/)
  })
})

describe('damage is found, and named with its line', () => {
  test.each([
    [
      'a field of the allocator',
      'mem->nslabs = 5;',
      /^the tracker writes to mem->nslabs.*\(line \d+\)$/,
    ],
    [
      'a field of an area, with a kernel word',
      'WRITE_ONCE(area_at(&mem->defpool, mem->layout, 0)->index, 3);',
      /^the tracker writes to area->index, which is the allocator's \(line \d+\)$/,
    ],
    [
      'an unlock without a lock',
      'spin_unlock(&mem->lock);',
      /unlocks a lock that it does not hold/,
    ],
    [
      'a lock that is held already',
      'spin_lock(&mem->lock); spin_lock(&mem->lock);',
      /takes a lock that it holds already/,
    ],
    ['a lock that is never given back', 'spin_trylock(&mem->lock);', /a lock is held when nobody/],
  ] as const)('%s', async (what, code, words) => {
    const { fault, result } = await checkTrackerFile(file(`${what.replaceAll(' ', '-')}.h`, code), {
      seeds: SEEDS,
    })
    expect(fault).toBeNull()
    expect(result?.found?.findings).toContain('broken')
    expect(result?.found?.broken).toMatch(words)
  })
})

describe('damage is found in verbs that are rarely called, and in pools that go', () => {
  const KEEPS = `struct tracker_area {
	bool transient;
};`
  const INIT_AREA = (code: string): string => `
#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area, bool transient)
{
	${code}
}
`
  const verbs: readonly (readonly [string, string, RegExp])[] = [
    [
      'tracker_init',
      `#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	WRITE_ONCE(mem->nslabs, mem->nslabs);
}
`,
      /^the tracker writes to mem->nslabs/,
    ],
    ['tracker_init_area', INIT_AREA('area->index = 0;'), /^the tracker writes to area->index/],
    [
      'tracker_retire_area',
      `#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	area->used = 0;
}
`,
      /^the tracker writes to area->used/,
    ],
    [
      'a sampler that waits for a lock',
      `#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	spin_lock(&mem->lock);
	spin_unlock(&mem->lock);
}
`,
      /^the tracker waits for a lock in tracker_sample\(\), use spin_lock_irq\(\)/,
    ],
    [
      'an area of a transient pool',
      `${INIT_AREA('area->tracker.transient = transient;')}
#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	if (area->tracker.transient)
		area->index = 0;
	return used;
}
`,
      /^the tracker writes to area->index/,
    ],
  ]

  test.each(verbs)('%s', async (what, code, words) => {
    const text = example.replace(/struct tracker_area \{\s*\};/, KEEPS)
    expect(text).toContain(KEEPS)
    const path = write(`${what.replaceAll(' ', '-')}.h`, `${text}\n${code}`)
    const { fault, result } = await checkTrackerFile(path, { seeds: SEEDS, beside: ['growth'] })
    expect(fault).toBeNull()
    expect(result?.found?.broken).toMatch(words)
  })

  test('another CPU may wait for a lock while the sampler looks', async () => {
    const path = join(__dirname, '../../native/trackers/local_peak.h')
    const { fault, result } = await checkTrackerFile(path, { seeds: SEEDS, beside: ['reset'] })
    expect({ fault, found: result?.found }).toEqual({ fault: null, found: null })
    expect(result?.beside).toEqual(['reset'])
  })
})

describe('sizes', () => {
  const sized = (name: string, area: string, mem: string): string =>
    write(
      name,
      example
        .replace('struct tracker_area {', `struct tracker_area {\n${area}`)
        .replace('unsigned long hiwater;', `unsigned long hiwater;\n${mem}`),
    )

  test.each([
    [
      'vast.h',
      '',
      'char x[1UL << 45];',
      `tracker_mem is ${2 ** 45 + 8} bytes; expected at most 1048576`,
    ],
    ['large.h', '', 'char x[1UL << 20];', 'tracker_mem is 1048584 bytes; expected at most 1048576'],
    ['area.h', 'char x[4097];', '', 'tracker_area is 4097 bytes; expected at most 4096'],
  ])('%s is refused at once', async (name, area, mem, words) => {
    expect(await faultOf(sized(name, area, mem))).toBe(`struct ${words}`)
  })

  test('an area may have words of any size, and NR_CPUS pairs of lines fit', async () => {
    expect(await faultOf(sized('four.h', 'unsigned int x;', ''))).toBeNull()
    expect(await faultOf(sized('one.h', 'char x;', ''))).toBeNull()
    expect(await faultOf(sized('cpus.h', '', 'char x[NR_CPUS][2 * SMP_CACHE_BYTES];'))).toBeNull()
  })
})

describe('verdicts that say what is wrong', () => {
  const counted = (name: string, words: string, used: string): string =>
    write(
      name,
      `${words}\n${example
        .replace('unsigned long used = mem_areas_used(mem);\n', `unsigned long used = ${used};\n`)
        .replace('.under = TRACKER_UNBOUNDED', '.under = 0')
        .replace('.over = TRACKER_UNBOUNDED', '.over = 0')}`,
    )

  test.each([
    ['a static variable', 'static long kept;', '(unsigned long)__atomic_add_fetch(&kept, 1, 5)'],
    ['an address', '', '((unsigned long)mem >> 26) % 1000003'],
  ])('%s: two runs of one schedule differ', async (what, words, used) => {
    const path = counted(`${what.replaceAll(' ', '-')}.h`, words, used)
    const { fault, result } = await checkTrackerFile(path, { seeds: SEEDS })
    expect({ fault, found: result?.found }).toEqual({ fault: null, found: null })
    expect(result?.differ?.runs[0]).not.toEqual(result?.differ?.runs[1])
    const { code, stdout } = await cli(['check', path])
    expect(code).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /two runs of one schedule differ \(seed \d+\): the first/,
    )
    expect(stdout).not.toContain('nothing of note')
  })

  test('a fault of used says both values, and the remedy', async () => {
    const path = write(
      'half.h',
      example.replace('return mem_areas_used(mem);', 'return mem_areas_used(mem) / 2;'),
    )
    const { code, stdout } = await cli(['check', path])
    expect(code).toBe(1)
    expect(stdout).toMatch(/used +\d+ slots? .*; mapped are \d+ slots?/)
    const words = stdout.replace(/\s+/g, ' ')
    const [, used, mapped] = /used +(\d+) slots? .*?; mapped are (\d+) slots?/.exec(words) ?? []
    const lost = Number(mapped) - Number(used)
    expect(lost).toBeGreaterThan(0)
    expect(words).toContain(`To mend used: a counter has lost ${lost} slot`)
    expect(words).toContain('each unmap must take off what its map has added')
    expect(words).toContain('a sum must be that of what is mapped at rest, as of mem_areas_used')
  })
})

describe('other verbs take a file, too', () => {
  const EXAMPLE = 'examples/per-cpu.h'
  const LOG = 'examples/reset-live.log'

  test.each([['serial'], ['threads'], ['virtual']])('run --engine %s', async (engine) => {
    const small = ['--steps', '4000', '--no-timing', '--cpus', '4', '--engine', engine]
    const args = engine === 'virtual' ? small.filter((arg) => arg !== '--no-timing') : small
    const { code, stdout, stderr } = await cli([
      'run',
      'uniform',
      '--tracker',
      EXAMPLE,
      ...args,
      '--json',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const own = JSON.parse(stdout) as TrackerFileRun
    expect(own).toMatchObject({ tracker: 'per-cpu.h', file: EXAMPLE, faults: [] })
    // All CPUs' counters together are what is in use, whoever the CPUs are.
    const { counts, accuracy } = own.result ?? {}
    expect(counts?.usedSlots).toBeGreaterThan(0)
    expect(accuracy?.engine).toBe(engine)
  })

  test.each([['serial'], ['virtual']])('replay --engine %s', async (engine) => {
    const broken = file('typo.h', 'WRITE_ONCE(t->hiwtr, 1);')
    const args = [
      '--trackers',
      'off',
      '--tracker',
      EXAMPLE,
      '--tracker',
      broken,
      '--engine',
      engine,
    ]
    const { code, stdout } = await cli(['replay', LOG, ...args, '--json'])
    expect(code).toBe(1)
    const { rows, own } = JSON.parse(stdout) as ReplayResultWithFiles
    expect(rows.map(({ tracker, promise }) => [tracker, promise])).toEqual([
      ['off', 'none'],
      ['per-cpu.h', 'none'],
    ])
    expect(own.map(({ tracker, compared }) => [tracker, compared])).toEqual([
      ['per-cpu.h', true],
      ['typo.h', false],
    ])
    expect(own[1]?.faults[0]).toMatch(/^does not compile, line \d+: .*; not replayed$/)
  })

  /** Says of its mark how many CPUs it was told of when it was made, and when it was asked. */
  const cpusTold = write(
    'cpus-told.h',
    `#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long told;
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	mem_tracker(mem)->told = nr_cpu_ids;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return mem_tracker(mem)->told * 2000 + nr_cpu_ids;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED, .over = TRACKER_UNBOUNDED };
}
`,
  )

  test.each(['serial', 'threads', 'virtual'])(
    'run --engine %s says how many CPUs there are before it makes the allocator',
    async (engine) => {
      const timing = engine === 'virtual' ? [] : ['--no-timing']
      const args = ['--steps', '400', ...timing, '--cpus', '4', '--engine', engine]
      const { stdout } = await cli(['run', 'uniform', '--tracker', cpusTold, ...args, '--json'])
      const own = JSON.parse(stdout) as TrackerFileRun
      expect(own.result?.accuracy?.reportedSlots).toBe(4 * 2000 + 4)
    },
  )

  test('two runs of one schedule agree on how many CPUs there are', async () => {
    const { stdout } = await cli(['check', cpusTold, '--seeds', '20', '--json'])
    const { fault, result } = JSON.parse(stdout)
    expect({ fault, differ: result?.differ }).toEqual({ fault: null, differ: null })
  })

  test('each is refused where it makes no sense', async () => {
    const placed = await cli(['replay', LOG, '--tracker', EXAMPLE, '--placements'])
    expect(placed).toMatchObject({ code: 2, stdout: '' })
    expect(placed.stderr).toContain('--placements: expected no --tracker')
    const nobody = await cli(['run', 'uniform', '--tracker', join('.', 'nowhere.h')])
    expect(nobody).toMatchObject({ code: 2, stdout: '' })
    expect(nobody.stderr).toContain('nowhere.h')
  })
})
