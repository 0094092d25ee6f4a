// Bad input: exit 2, nothing on stdout, and one line on stderr that names the field, option, line
// or file and what was expected.

import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { captures, cli } from './process.js'

jest.setTimeout(60_000)

const { folder, file } = scratchFolder()

async function refused(args: readonly string[], words: readonly (string | RegExp)[]) {
  const { code, stdout, stderr } = await cli([...args, '--json'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^swiotlb-lab: [^\n]+\n$/)
  for (const word of words) expect(stderr).toMatch(word)
}

describe('options and names', () => {
  test.each([
    ['no such command', ['comapre'], ['comapre', 'compare']],
    ['no such option', ['compare', '--trackrs', 'off'], ['--trackrs', '--trackers']],
    ['an option of another', ['size', 'x', '--memory', '64GiB'], ["'--memory'", 'param has it']],
    [
      'what is in flight',
      ['param', '--in-flight', 'nvme=8'],
      ['--in-flight', 'NAME=QUEUESxDEPTHxSIZE'],
    ],
    ['a size beside it', ['param', '1', '--in-flight', 'a=1x1x4KiB'], ['--in-flight', 'TEXT']],
    ['no time', ['capture', '--duration', '0s'], ['--duration', 'a number of seconds']],
    ['a missing argument', ['run'], ['scenario']],
    ['too many arguments', ['compare', 'uniform', 'fio-4k'], ['compare']],
    ['no such preset', ['compare', 'revew-64mib'], ['revew-64mib', 'Did you mean review-64mib']],
    ['no such tracker', ['compare', '--trackers', 'off,per-aera'], ['--trackers', 'per-area']],
    ['no such tracker of run', ['run', 'uniform', '--tracker', 'x'], ['--tracker', 'per-area']],
    ['a tracker twice', ['compare', '--trackers', 'off,off'], ['off', 'twice']],
    ['help for no command', ['help', 'siz'], ["unknown command 'siz'", 'Did you mean size']],
    ['no such engine', ['compare', '--engine', 'treads'], ['--engine', 'Did you mean threads']],
    ['no such layout', ['compare', '--area-layout', 'loose'], ['--area-layout', 'packed, padded']],
    ['no such placement', ['run', 'uniform', '--placement', 'far'], ['--placement', 'spread']],
    ['zero slots', ['compare', '--slots', '0'], ['--slots', 'expected']],
    ['negative slots', ['compare', '--slots', '-5'], ['--slots', 'expected', '-5']],
    ['a negative tolerance', ['compare', '--tolerance', '-1'], ['--tolerance', 'expected', '-1']],
    [
      'a stretch of no time',
      ['run', 'uniform', '--stretch', '0'],
      ['--stretch', 'expected', '1 to 1000000000'],
    ],
    [
      'a tolerance of NaN',
      ['run', 'uniform', '--tolerance', 'NaN'],
      ['--tolerance', 'NaN', '64MiB'],
    ],
    [
      'a tolerance above the pool',
      ['run', 'uniform', '--tolerance', '65MiB', '--no-timing'],
      ['tolerance', 'slots from 0 to 32768', '33280'],
    ],
    ['an empty batch', ['compare', '--batch', '0'], ['--batch', 'from 1']],
    ['slots that are no number', ['compare', '--slots', 'NaN'], ['--slots', 'NaN', '64MiB']],
    ['more slots than can be', ['compare', '--slots', '100TiB'], ['pool.slots', 'expected 1 to']],
    ['a pool beyond memory', ['compare', '--slots', '2TiB'], ['pool.slots', 'this machine has']],
    ['more areas than slots allow', ['compare', '--areas', '512'], ['pool.areas', '65536 slots']],
    ['zero CPUs', ['compare', '--cpus', '0'], ['--cpus', 'expected']],
    ['too many CPUs', ['compare', '--cpus', '1000000'], ['--cpus', '1 to 1024']],
    ['negative steps', ['compare', '--steps', '-1'], ['--steps', 'expected']],
    ['too few rounds', ['compare', '--rounds', '1'], ['--rounds', '3 to 1000']],
    ['too many rounds', ['compare', '--rounds', '2000'], ['--rounds', '3 to 1000', '"2000"']],
    ['too many threads', ['run', 'uniform', '--threads', '257'], ['--threads', '1 to 256']],
    ['too many areas', ['compare', '--sweep', 'areas=8,65537'], ['--sweep areas', '1 to 65536']],
    ['too large a batch', ['compare', '--batch', '1073741825'], ['--batch', '1 to 1073741824']],
    ['too many schedules', ['check', 'off', '--seeds', '1000000001'], ['--seeds', '1000000000']],
    [
      'a file among names',
      ['compare', '--trackers', 'off,./lost.h'],
      ['--trackers', './lost.h', 'a file goes to --tracker'],
    ],
    ['a series of nothing', ['compare', '--sweep', 'areas'], ['--sweep', 'areas=8,16,32']],
    ['a series of zero', ['compare', '--sweep', 'areas=8,0'], ['--sweep', '"0"']],
    ['a series of sizes', ['compare', '--sweep', 'slots=16MiB,32MiB'], ['"slots"', 'size TRACE']],
    ['a series over no dimension', ['compare', '--sweep', 'area=8'], ['Did you mean areas']],
    ['an odd address', ['replay', '-', '--pool-start', '0x123'], ['--pool-start', 'page aligned']],
    ['two traces, placed', ['replay', 'a', 'b', '--placements'], ['--placements', 'one trace']],
  ] as const)('%s', (_, args, words) => refused(args, words))
})

describe('scenario files', () => {
  const pool = { slots: '4MiB', areas: 1 }
  const whole = { name: 'x', pool, cpus: 1, workload: { sizes: [{ bytes: 4096 }], inFlight: 4 } }

  test.each([
    ['not JSON', '{', [/not JSON/]],
    ['not an object', '7', [/expected object/]],
    [
      'unknown key',
      { ...whole, pool: { ...pool, slotz: 1 } },
      [/pool\.slotz/, /Did you mean slots/],
    ],
    ['a missing key', { ...whole, cpus: undefined }, [/cpus/]],
    [
      'a size of zero',
      { ...whole, pool: { slots: 0, areas: 1 } },
      [/pool\.slots/, /expected 1 to/],
    ],
    [
      'a size too large',
      { ...whole, workload: { sizes: [{ bytes: '1MiB' }], inFlight: 4 } },
      [/bytes/],
    ],
    ['areas for no slots', { ...whole, pool: { slots: '4MiB', areas: 64 } }, [/pool\.areas/]],
  ] as const)('%s', async (name, contents, words) => {
    const text = typeof contents === 'string' ? contents : JSON.stringify(contents)
    const path = file(`${name}.json`, text)
    await refused(['run', path], [`${name}.json`, ...words])
  })

  test('a good one runs', async () => {
    const path = file('good.json', JSON.stringify(whole))
    expect(await cli(['run', path, '--no-timing', '--steps', '1000'])).toMatchObject({ code: 0 })
  })
})

describe('logs', () => {
  const HEAD = '#! nslabs=1024 nareas=2 pool=40000000\n'
  const MAP = 'm 0 1 100000 4096 0 0\n'

  test.each([
    ['an unknown letter', `${HEAD}${MAP}q 0 1\n`, 3],
    ['a missing field', `${HEAD}m 0 1 100000 4096 0\n`, 2],
    ['an address that is not hex', `${HEAD}m 0 1 wxyz 4096 0 0\n`, 2],
    ['a size of zero', `${HEAD}m 0 1 100000 0 0 0\n`, 2],
    ['a negative size', `${HEAD}m 0 1 100000 -4096 0 0\n`, 2],
    ['a size that is no number', `${HEAD}m 0 1 100000 NaN 0 0\n`, 2],
    ['an unmap of an id that no map named', `${HEAD}${MAP}u 0 2\n`, 3],
    ['a second unmap', `${HEAD}${MAP}u 0 1\nu 0 1\n`, 4],
    ['an id that is live', `${HEAD}${MAP}${MAP}`, 3],
    ['an area that the pool does not have', `${HEAD}${MAP}i 9 3\n`, 3],
    ['a slot that an area does not have', `${HEAD}${MAP}i 0 99999999\n`, 3],
    ['an index without its slot', `${HEAD}${MAP}i 0\n`, 3],
    ['a bad header', '#! nslabs=x nareas=2 pool=40000000\n', 1],
  ])('%s', async (name, contents, line) => {
    const path = file(`${name}.log`, contents)
    await refused(['replay', path], [`${path}:${line}:`, 'expected'])
  })
})

test('an area that the pool does not have, in virtual time', async () => {
  const path = file(
    'index.log',
    '#! nslabs=1024 nareas=2 pool=40000000\nm 0 1 100000 4096 0 0\ni 9 3\n',
  )
  await refused(
    ['replay', path, '--engine', 'virtual'],
    [`${path}:3: area is 9`, 'expected i <area>'],
  )
})

describe('traces', () => {
  const capture = join(captures, 'a-seq-1cpu/trace.txt.gz')

  test('a cut gzip file', async () => {
    const whole = readFileSync(capture)
    const path = file('cut.gz', whole.subarray(0, whole.length / 2))
    await refused(['replay', path, '--slots', '8192', '--areas', '1'], [/cut\.gz:\d+:/, 'gzip'])
  })

  test('no such file', () => refused(['replay', join(folder, 'none')], ['none', 'ENOENT']))
  test.each([
    ['long', 'n'.repeat(300), 'ENAMETOOLONG'],
    ['that leads to itself', 'loop', 'ELOOP'],
  ])('a name that is %s', async (_, name, code) => {
    rmSync(join(folder, 'loop'), { force: true })
    symlinkSync('loop', join(folder, 'loop'))
    await refused(['replay', join(folder, name)], [`${name}: cannot be read (${code}); expected`])
  })
  test('a folder without a trace', () =>
    refused(['replay', folder], [folder, 'a folder without trace.txt']))
  test('an empty stdin', () => refused(['replay', '-'], ['stdin', 'empty']))

  test('a pool that nothing tells', async () => {
    const path = file('lone.gz', readFileSync(capture))
    await refused(['replay', path], ['lone.gz', 'slots'])
  })

  test('notes that cannot be read', async () => {
    const args = ['replay', capture, '--meta']
    await refused([...args, join(folder, 'none.json')], ['--meta', 'none.json'])
    await refused([...args, file('odd.json', '{"nslabs": -1}')], ['odd.json', 'nslabs', 'expected'])
    await refused([...args, file('text.json', 'slots')], ['text.json', 'not JSON'])
    await refused([...args, file('mine.json', '{"name": "mine"}')], ['mine.json', 'no notes of'])
  })

  test('one bad trace among several prints nothing of the others', () =>
    refused(['replay', capture, join(folder, 'none')], ['none']))
})
