// `verify`: what it refuses without any kernel, and how a log that differs is shrunk.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { verify } from '../../lib/index.js'
import {
  OperationKind,
  type Operations,
  OperationsBuilder,
  parseTrace,
  writeOperationLog,
} from '../../lib/trace/index.js'
import type { Mismatch } from '../../lib/verify/compare.js'
import { PoolFlag } from '../../lib/verify/driver.js'
import { rulesBehind } from '../../lib/verify/rules.js'
import { type Shrunk, shrink } from '../../lib/verify/shrink.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'

const { folder } = scratchFolder()

/** A tree of which the two files hold this. */
function tree(name: string, source: string | null, header: string | null): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'kernel/dma'), { recursive: true })
  mkdirSync(join(root, 'include/linux'), { recursive: true })
  if (source !== null) writeFileSync(join(root, 'kernel/dma/swiotlb.c'), source)
  if (header !== null) writeFileSync(join(root, 'include/linux/swiotlb.h'), header)
  return root
}

describe('bad input', () => {
  const temporary = join(folder, 'temporary')
  const { CC: compiler, TMPDIR: usual } = process.env
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  afterEach(() => set('CC', compiler))
  afterAll(() => set('TMPDIR', usual))

  const notTar = join(folder, 'not.tar')
  const empty = join(folder, 'empty')
  const two = join(folder, 'two')
  const otherTar = join(folder, 'other.tar.gz')
  const cutTar = join(folder, 'cut.tar.gz')
  beforeAll(() => {
    mkdirSync(temporary)
    set('TMPDIR', temporary)
    mkdirSync(empty)
    mkdirSync(two)
    writeFileSync(notTar, 'this is no tar')
    writeFileSync(join(two, 'linux-source-6.1.tar.xz'), '')
    writeFileSync(join(two, 'linux-source-6.12.tar.xz'), '')
    execFileSync('tar', ['-czf', otherTar, '-C', folder, 'not.tar'])
    writeFileSync(cutTar, readFileSync(otherTar).subarray(0, 60))
  })

  test.each([
    [
      'a path that is not there',
      () => join(folder, 'nowhere'),
      /nowhere cannot be read \(ENOENT\)/,
    ],
    ['a folder without a source', () => empty, /neither kernel\/dma\/swiotlb\.c nor linux-source/],
    ['a folder with two tars', () => two, /holds linux-source-6\.1\S+, \S+; name one of them/],
    [
      'a file that is no tar',
      () => notTar,
      /tar cannot get kernel\/dma\/swiotlb\.c out of \S+not\.tar/,
    ],
    ['a tar that is cut off', () => cutTar, /tar cannot get kernel\/dma\/swiotlb\.c out of \S+cut/],
    ['a tar of something else', () => otherTar, /tar cannot get kernel\/dma\/swiotlb\.c out of/],
    [
      'a tree without the source',
      () => tree('a', null, ''),
      /dma\/swiotlb\.c is not there, and \S+swiotlb\.h is/,
    ],
    [
      'a tree without the header',
      () => tree('b', '', null),
      /linux\/swiotlb\.h is not there, and \S+swiotlb\.c is/,
    ],
    [
      'a source that is cut in a line',
      () => tree('g', 'struct io_tlb_area;\nsome', ''),
      /dma\/swiotlb\.c is cut off: its last line does not end; expected the whole file/,
    ],
    [
      'a header that is cut behind a line',
      () => tree('h', 'struct io_tlb_area;\n', '#ifndef H\n#ifdef A\n#endif\n'),
      /linux\/swiotlb\.h is cut off: it ends inside of an #if; expected the whole file/,
    ],
    [
      'a source that is cut in a function, in the compiler’s words',
      () => tree('i', 'struct io_tlb_area; // CONFIG_DEBUG_FS\nint f(void)\n{\n\treturn 0;\n', ''),
      /does not compile .*; it may be cut off$/,
    ],
    [
      'a tree before areas',
      () => tree('c', 'CONFIG_DEBUG_FS\n', ''),
      /no areas \(struct io_tlb_area\), as before Linux 6\.0; expected Linux 6\.0 or later/,
    ],
    [
      'a tree that does not compile, in the compiler’s words',
      () => tree('d', 'struct io_tlb_area; CONFIG_DEBUG_FS\nno such words\n', ''),
      /d\/kernel\/dma\/swiotlb\.c does not compile .* error: /,
    ],
  ])('%s', async (_, kernelSource, words) => {
    const error = await verify({ kernelSource: kernelSource(), variants: ['static'] }).catch(
      (reason) => reason,
    )
    expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(words) })
    expect(error.message).not.toMatch(/\n/)
  })

  test('no compiler', async () => {
    process.env['CC'] = 'no-such-compiler'
    await expect(verify({ kernelSource: empty })).rejects.toThrow(
      /needs a C compiler: looked for no-such-compiler in PATH/,
    )
  })

  test('a compiler that is none, in its words', async () => {
    process.env['CC'] = 'false'
    await expect(verify({ kernelSource: empty })).rejects.toThrow(
      'false --version failed: it ended with 1, and said nothing',
    )
  })

  test('a variant that the tree does not have, where it was named', async () => {
    const kernelSource = tree('e', 'struct io_tlb_area; CONFIG_DEBUG_FS\n', '')
    await expect(verify({ kernelSource, variants: ['dynamic'] })).rejects.toThrow(
      /no dynamic here: .* knows no CONFIG_SWIOTLB_DYNAMIC/,
    )
  })

  test.each([
    [['--profiles', 'plian'], /--profiles: unknown "plian"\. Did you mean plain\?/],
    [['--variants', 'statik'], /--variants: unknown "statik"\. Did you mean static\?/],
    [['--operations', '0'], /--operations: expected a whole number from 1/],
    [['--log', '/no/such.log'], /\/no\/such\.log: cannot be read/],
  ])('%j ends with 2', async (flags, words) => {
    const ended = await cli([
      'verify',
      '--kernel-source',
      tree('f', 'struct io_tlb_area;\n', ''),
      ...flags,
    ])
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('nothing is left behind', () => {
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('shrinking', () => {
  const request = { cpu: 0, orig: 0x1000n, am: 0, mam: 0, bm: 0n } as const

  /** Maps of these sizes; each is unmapped behind the next. */
  function log(sizes: readonly number[]): Operations {
    const builder = new OperationsBuilder()
    sizes.forEach((size, i) => {
      // The same two ids again and again.
      builder.map({ ...request, id: i % 2, size })
      if (i > 0) builder.unmap({ cpu: 0, id: (i - 1) % 2 })
    })
    return builder.build()
  }

  /** Differs once 77 bytes are mapped while 33 are. */
  async function compare(operations: Operations): Promise<Mismatch | null> {
    const live = new Map<number, number>()
    for (let i = 0; i < operations.length; i++) {
      const id = operations.id(i)
      if (operations.kind(i) === OperationKind.unmap) {
        if (!live.delete(id)) throw new Error(`operation ${i} unmaps ${id}, which is not live`)
        continue
      }
      if (live.has(id)) throw new Error(`operation ${i} maps ${id}, which is live`)
      const isThere = [...live.values()].includes(33)
      live.set(id, operations.size(i))
      if (operations.size(i) === 77 && isThere) {
        return { operation: i, field: 'slot', port: '1', kernel: '2' }
      }
    }
    return null
  }

  const sizes = Array.from({ length: 200 }, (_, i) => (i === 120 ? 33 : i === 121 ? 77 : 500 + i))

  test('finds the two operations that matter', async () => {
    const operations = log(sizes)
    const first = (await compare(operations)) as Mismatch
    const shortest = (await shrink(operations, first, compare, 60_000)) as Shrunk
    expect(shortest.minimal).toBe(true)
    expect(shortest.mismatch).toEqual({ operation: 1, field: 'slot', port: '1', kernel: '2' })
    expect(
      Array.from({ length: shortest.operations.length }, (_, i) => shortest.operations.size(i)),
    ).toEqual([33, 77])
  })

  test('gives what it has when the time is over', async () => {
    const operations = log(sizes)
    const first = (await compare(operations)) as Mismatch
    const shortest = (await shrink(operations, first, compare, 0)) as Shrunk
    expect(shortest.minimal).toBe(false)
    expect(shortest.operations).toHaveLength(first.operation + 1)
    expect(shortest.mismatch).toEqual(first)
  })

  test('says so when the log does not differ a second time', async () => {
    const first = { operation: 1, field: 'slot', port: '1', kernel: '2' }
    expect(await shrink(log([1, 2, 3]), first, async () => null, 60_000)).toBeNull()
  })
})

describe('where a difference can come from', () => {
  const fixed = { grow: false, flags: 0 }
  const pool = { nslabs: 1024, nareas: 2, start: 0x4000_0000n }
  const { orig, bm } = { orig: 0x1000, bm: 0n }
  const tree = {
    ...{ folder: '', name: 'old', version: null },
    source: 'io_tlb_used_hiwater',
    header: 'struct io_tlb_pool {',
  }
  const maps = (...requests: readonly (readonly [size: number, am: number, mam: number])[]) => {
    const builder = new OperationsBuilder()
    for (const [id, [size, am, mam]] of requests.entries()) {
      builder.map({ cpu: 0, id, orig: orig + 0x800, size, am, mam, bm, expect: 0 })
    }
    builder.unmap({ cpu: 0, id: 0 })
    return builder.build()
  }
  const at = (operation: number, field: string) => ({ operation, field, port: '1', kernel: '2' })

  test.each([
    ['a small map without masks: nothing', [2048, 0, 0], 'slot', []],
    ['a page: the search', [4096, 0, 0], 'slot', ['search']],
    ['kept address bits: the padding, too', [2048, 0, 0xfff], '"buffer is full" size', ['search']],
    ['bits beyond the first slot', [2048, 0xfff, 0xfff], 'pad slots', ['padding', 'search']],
    ['a count: neither', [4096, 0xfff, 0xfff], 'used', []],
    ['a mark: the tree has it as the port has', [4096, 0, 0], 'hiwater', []],
  ] as const)('%s', (_, request, field, rules) => {
    expect(rulesBehind(tree, fixed, pool, maps(request), at(0, field), 0)).toEqual(rules)
  })

  test('an unmap has what its map asked for', () => {
    const operations = maps([4096, 0, 0], [2048, 0, 0])
    expect(rulesBehind(tree, fixed, pool, operations, at(2, 'slots taken'), 0)).toEqual(['search'])
  })

  test('a hash has what all since the last one asked for', () => {
    const operations = maps([4096, 0, 0], [2048, 0, 0])
    const field = 'run counts and search indices'
    expect(rulesBehind(tree, fixed, pool, operations, at(1, field), 0)).toEqual(['search'])
    expect(rulesBehind(tree, fixed, pool, operations, at(1, field), 1)).toEqual([])
  })

  test.each([
    [
      'a search that never ends: the search, and not what it asks padding for',
      'search:',
      ['search'],
    ],
    ['a crash: nothing that only places otherwise', 'answer:', []],
    ['no pool: nothing that searches otherwise', 'pool:', []],
  ])('%s', (_, field, rules) => {
    const operations = maps([4096, 0xfff, 0xfff])
    expect(rulesBehind(tree, fixed, pool, operations, at(0, field), 0)).toEqual(rules)
  })

  test('a small map without masks does not search for ever', () => {
    const operations = maps([2048, 0, 0])
    expect(rulesBehind(tree, fixed, pool, operations, at(0, 'search:'), 0)).toEqual([])
  })

  test('a crash can come from slots beyond the end of the pool', () => {
    const odd = { ...pool, nslabs: 1000 }
    const place = at(0, 'answer:')
    expect(rulesBehind(tree, fixed, odd, maps([1, 0, 0]), place, 0)).toEqual(['last segment'])
  })

  test('no pool is made where the kernel wants a larger one; a restricted one is as it is', () => {
    const panics = { ...tree, source: 'panic("%s: nslabs = %lu too small\\n", __func__, nslabs);' }
    const operations = new OperationsBuilder()
    operations.reset()
    const why = (nslabs: number, flags = 0) => {
      const variant = { ...fixed, flags }
      const small = { ...pool, nslabs }
      return rulesBehind(panics, variant, small, operations.build(), at(0, 'pool:'), 0)
    }
    expect(why(256)).toEqual(['least pool'])
    expect(why(512)).toEqual([])
    expect(why(256, PoolFlag.restricted)).toEqual([])
  })

  test('in a tree with the same rules: nowhere', () => {
    const same = {
      ...tree,
      source: 'pad_slots slots_checked tlb_addr & alloc_align_mask io_tlb_used_hiwater',
    }
    expect(rulesBehind(same, fixed, pool, maps([4096, 0xfff, 0xfff]), at(0, 'slot'), 0)).toEqual([])
  })
})

describe('the letters of growth and of restricted pools', () => {
  const header = '#! nslabs=1024 nareas=2 pool=40000000\n'
  const read = (text: string) => parseTrace(header + text, { file: 'some.log' })

  test('are read and written', () => {
    const text =
      'a 3 7 5000 7ff fffff\na 3 8 5000 0\ni 1 17\ng\nm 0 9 1000 4096 0 0\nf 1 7\nu 0 9\nf 0 8\n'
    const { operations, pool } = read(text)
    expect(writeOperationLog(operations, { ...pool } as never)).toBe(header + text)
    const kinds = Array.from({ length: operations.length }, (_, i) => operations.kind(i))
    expect(kinds).toEqual([6, 6, 3, 5, 0, 7, 1, 7])
  })

  test('a sync is one of a part of a map', () => {
    const text = 'm 0 9 1000 4096 0 0 both\ns 1 9 0 4096 device\ns 0 9 4000 96 cpu\nu 0 9 nocopy\n'
    const { operations, pool } = read(text)
    expect(writeOperationLog(operations, { ...pool } as never)).toBe(header + text)
    expect([1, 2].map((i) => operations.kind(i))).toEqual([9, 9])
  })

  test.each([
    ['s 0 1 0 1 device\n', /no map named id 1 is live/],
    ['a 0 1 4096 0\ns 0 1 0 1 device\n', /no map named id 1 is live/],
    ['m 0 1 0 4096 0 0\nu 0 1\ns 0 1 0 1 cpu\n', /no map named id 1 is live/],
    ['m 0 1 0 4096 0 0\ns 0 1 0 4097 cpu\n', /a sync of 4097 bytes from 0 on.*the 4096 bytes/],
    ['m 0 1 0 4096 0 0\ns 0 1 4096 1 cpu\n', /a sync of 1 byte from 4096 on/],
    ['m 0 1 0 4096 0 0\ns 0 1 0 0 cpu\n', /a sync of 0 bytes/],
    ['m 0 1 0 4096 0 0\ns 0 1 0 1\n', /a sync for "".*device or cpu/],
    ['m 0 1 0 4096 0 0\ns 0 1 0 1 disk\n', /a sync for "disk".*device or cpu/],
    ['a 0 1\n', /line 2|:2: size is missing/],
    ['a 0 1 0 0\n', /size is 0/],
    ['a 0 1 4096 0\nu 0 1\n', /id 1 is of an alloc.*f \(free\)/],
    ['m 0 1 0 4096 0 0\nf 0 1\n', /id 1 is of a map.*u \(unmap\)/],
    ['f 0 1\n', /no map named id 1/],
    ['i 0\n', /index is missing/],
    ['g 1\n', /something follows the last field/],
  ])('%j is refused', (text, words) => {
    expect(() => read(text)).toThrow(words)
  })
})
