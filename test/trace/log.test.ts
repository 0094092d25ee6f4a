// The operation log: every error, and round trips.

import { expect, test } from '@jest/globals'
import {
  Direction,
  OperationKind,
  OperationsBuilder,
  type PoolHeader,
  parseTrace,
  TraceError,
  writeOperationLog,
} from '../../lib/trace/index.js'
import { listOperations, randomFrom } from './helpers.js'

const HEADER = '#! nslabs=2048 nareas=4 pool=40000000\n'
const POOL: PoolHeader = { nslabs: 2048, nareas: 4, start: 0x40000000n }

function errorOf(text: string, hints = {}): TraceError {
  try {
    parseTrace(text, { file: 'some.log', ...hints })
  } catch (error) {
    if (error instanceof TraceError) return error
    throw error
  }
  throw new Error('no error')
}

test('reads every kind of line', () => {
  const trace = parseTrace(
    `${HEADER}# a comment\n\nm 1 7 0x107fec200 4096 0 fff\nm 0 8 ffffffffffffffff 1 ffff 0x0 3ffff\nu 3 7\nz\nm 2 7 0 2048 0 0\n`,
    { file: 'some.log' },
  )
  expect(trace).toMatchObject({ format: 'operation-log', layout: 'log', maps: 3, unmaps: 1 })
  expect(trace.pool).toEqual(POOL)
  expect(listOperations(trace.operations, ['expect'])).toEqual([
    'kind=0 cpu=1 id=7 orig=4429103616 size=4096 am=0 mam=4095 bm=0',
    'kind=0 cpu=0 id=8 orig=18446744073709551615 size=1 am=65535 mam=0 bm=262143',
    'kind=1 cpu=3 id=7 orig=0 size=0 am=0 mam=0 bm=0',
    'kind=2 cpu=0 id=0 orig=0 size=0 am=0 mam=0 bm=0',
    'kind=0 cpu=2 id=7 orig=0 size=2048 am=0 mam=0 bm=0',
  ])
})

const MAP = 'm 0 1 1000 4096 0 0\n'
test.each([
  ['unknown letter', 'x 0 1\n', 2, /unknown letter "x"/],
  ['malformed map', 'map 0 1 1000 4096 0 0\n', 2, /malformed line/],
  ['missing field', 'm 0 1 1000 4096 0\n', 2, /min_align_mask is missing/],
  ['missing id', 'u 0\n', 2, /id is missing/],
  ['direction unknown', 'm 0 1 1000 4096 0 0 0 up\n', 2, /the direction is "up"/],
  // Names that every object has are no directions either.
  ['direction of an object', 'm 0 1 1000 4096 0 0 0 toString\n', 2, /the direction is "toString"/],
  ['boundary of an object', 'm 0 1 1000 4096 0 0 valueOf\n', 2, /seg_boundary_mask is "valueOf"/],
  ['field too many', `${MAP}u 0 1 2\n`, 3, /follows the last field: "2"/],
  ['letter alone', 'm\n', 2, /cpu is missing/],
  ['orig not hex', 'm 0 1 10g0 4096 0 0\n', 2, /orig_addr is "10g0"/],
  ['hex too long', 'm 0 1 12345678123456781 4096 0 0\n', 2, /orig_addr is "12345678123456781"/],
  ['mask not hex', 'm 0 1 1000 4096 -1 0\n', 2, /alloc_align_mask is "-1"/],
  ['boundary not hex', 'm 0 1 1000 4096 0 0 zz\n', 2, /seg_boundary_mask is "zz"/],
  ['size 0', 'm 0 1 1000 0 0 0\n', 2, /size is 0/],
  [
    'a size beyond 32 bits',
    'm 0 1 1000 8796093022208 0 0\n',
    2,
    /size is 8796093022208.*4294967295/,
  ],
  ['size negative', 'm 0 1 1000 -4096 0 0\n', 2, /size is "-4096"/],
  ['size NaN', 'm 0 1 1000 NaN 0 0\n', 2, /size is "NaN"/],
  ['size hex', 'm 0 1 1000 0x1000 0 0\n', 2, /size is "0x1000"/],
  ['size with a point', 'm 0 1 1000 4096.5 0 0\n', 2, /size is "4096.5"/],
  ['size too large', 'm 0 1 1000 9007199254740993 0 0\n', 2, /size is "9007199254740993"/],
  ['cpu negative', 'm -1 1 1000 4096 0 0\n', 2, /cpu is "-1"/],
  ['cpu too large', 'm 4294967296 1 1000 4096 0 0\n', 2, /cpu is 4294967296/],
  ['id not decimal', 'm 0 abc 1000 4096 0 0\n', 2, /id is "abc"/],
  ['unmap of an unknown id', `${MAP}u 0 2\n`, 3, /no map named id 2 is live/],
  ['second unmap', `${MAP}u 0 1\nu 0 1\n`, 4, /id 1 was unmapped before/],
  ['id reused while live', `${MAP}${MAP}`, 3, /id 1 is mapped already/],
  ['second header', `${HEADER}${MAP}`, 2, /a second header/],
  ['binary line', '\u0000\u0001\n', 2, /unknown letter/],
])('%s is an error with its line', (_, text, line, message) => {
  const error = errorOf(HEADER + text)
  expect(error.message).toMatch(message)
  expect(error.message).toContain(`some.log:${line}: `)
  expect(error).toMatchObject({ file: 'some.log', line })
  expect(error.expected).not.toBe('')
  expect(error.message).not.toContain('\n')
})

test.each([
  ['#! nareas=4 pool=40000000', /no nslabs=/],
  ['#! nslabs=2048 pool=40000000', /no nareas=/],
  ['#! nslabs=2048 nareas=4', /no pool=/],
  ['#! nslabs=0 nareas=4 pool=40000000', /nslabs is "0"/],
  ['#! nslabs=2k nareas=4 pool=40000000', /nslabs is "2k"/],
  ['#! nslabs=2048 nareas=3 pool=40000000', /nareas is 3/],
  ['#! nslabs=2050 nareas=4 pool=40000000', /nslabs is 2050/],
  ['#! nslabs=2048 nareas=4 pool=0x40000000', /pool is "0x40000000"/],
  ['#! nslabs=2048 nareas=4 pool=40000800', /pool is 40000800/],
  ['#! nslabs=2048 nslabs=2048 nareas=4 pool=40000000', /nslabs twice/],
  ['#! slots=2048 nareas=4 pool=40000000', /"slots=2048"/],
])('header %s is an error', (header, message) => {
  const error = errorOf(`${header}\n${MAP}`)
  expect(error.message).toMatch(message)
  expect(error.line).toBe(1)
})

test('a last line without its end is left out, and said', () => {
  const trace = parseTrace(`${HEADER}${MAP}m 0 2 1000 40`, { file: 'some.log' })
  expect(trace.maps).toBe(1)
  expect(trace.lost).toEqual({
    events: 1,
    reasons: ['the last line, 3, is cut: it has no end, and was left out'],
  })
})

test('blanks of any kind and number stand between fields', () => {
  const trace = parseTrace(`${HEADER}m\t0  1 \t1000 4096 0 0 \r\nu 0 1\tnocopy \r\nz \n`, {
    file: 'some.log',
  })
  expect(listOperations(trace.operations, ['expect'])).toEqual([
    'kind=0 cpu=0 id=1 orig=4096 size=4096 am=0 mam=0 bm=0',
    'kind=1 cpu=0 id=1 orig=0 size=0 am=0 mam=0 bm=0',
    'kind=2 cpu=0 id=0 orig=0 size=0 am=0 mam=0 bm=0',
  ])
})

test('an id that ended long ago is not live', () => {
  const many = Array.from({ length: 140_000 }, (_, i) => `m 0 ${i} 1000 4096 0 0\nu 0 ${i}\n`)
  expect(errorOf(`${HEADER}${many.join('')}u 0 139999\n`).message).toMatch(/id 139999 was unmapped/)
  expect(errorOf(`${HEADER}${many.join('')}u 0 1\n`).message).toMatch(/no map named id 1 is live/)
})

test('directions, and unmaps that copy nothing back', () => {
  const text = [
    'm 0 1 1000 4096 0 fff to',
    'm 0 2 1000 4096 0 fff 3ffff from',
    'm 0 3 1000 4096 0 fff both',
    'm 0 4 1000 4096 0 fff b',
    'u 0 2 nocopy',
    'u 0 3',
  ]
  const { operations } = parseTrace(`${HEADER}${text.join('\n')}\n`, { file: 'some.log' })
  const { toDevice, fromDevice, bidirectional, unknown } = Direction
  const directions = [0, 1, 2, 3].map((i) => operations.dir(i))
  expect(directions).toEqual([toDevice, fromDevice, bidirectional, unknown])
  expect([operations.noCopy(4), operations.noCopy(5)]).toEqual([true, false])
  expect(operations.bm(3)).toBe(0xbn)
  expect(writeOperationLog(operations, POOL)).toBe(`${HEADER}${text.join('\n')}\n`)
})

test('hints stand in for a missing header, and only for what it leaves out', () => {
  expect(errorOf(MAP).message).toMatch(/there is no #! line/)
  expect(parseTrace(MAP, { file: 'some.log', ...POOL }).pool).toEqual(POOL)
  const header = '#! nareas=8 pool=80000000\n'
  expect(parseTrace(header + MAP, { file: 'some.log', ...POOL }).pool).toEqual({
    nslabs: 2048,
    nareas: 8,
    start: 0x80000000n,
  })
})

test('a random log reads back as it was written', () => {
  const random = randomFrom(5)
  const builder = new OperationsBuilder()
  const live: number[] = []
  for (let i = 0; i < 5000; i++) {
    const choice = random(20)
    if (choice === 0) {
      builder.reset()
    } else if (choice < 10 && live.length > 0) {
      const [id = 0] = live.splice(random(live.length), 1)
      builder.unmap({ cpu: random(300), id })
    } else {
      live.push(i)
      const orig = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
      const masks = { am: [0, 0xfff, 2n ** 64n - 1n][random(3)] ?? 0, mam: random(2) * 0xfff }
      builder.map({
        cpu: random(300),
        id: i,
        orig,
        size: 1 + random(300000),
        ...masks,
        bm: random(2) * 0x3ffff,
      })
    }
  }
  const operations = builder.build()
  expect(operations.buffer.byteLength).toBe(operations.length * 64)
  const text = writeOperationLog(operations, POOL)
  const back = parseTrace(text, { file: 'some.log' })
  expect(back.pool).toEqual(POOL)
  expect(listOperations(back.operations)).toEqual(listOperations(operations))
})

test('what a log cannot say is not written', () => {
  const builder = new OperationsBuilder()
  builder.place({ cpu: 0, id: 1, orig: 0, size: 1, expect: 1 })
  expect(() => writeOperationLog(builder.build(), POOL)).toThrow(/kind 4/)
  expect(OperationKind.place).toBe(4)
})

test.each([
  ['a size of 0', () => new OperationsBuilder().map({ cpu: 0, id: 1, orig: 0, size: 0 })],
  ['a negative cpu', () => new OperationsBuilder().unmap({ cpu: -1, id: 1 })],
  ['a fraction', () => new OperationsBuilder().map({ cpu: 0, id: 1.5, orig: 0, size: 1 })],
  ['65 bits', () => new OperationsBuilder().map({ cpu: 0, id: 1, orig: 1n << 64n, size: 1 })],
  [
    'a place without slot',
    () => new OperationsBuilder().place({ cpu: 0, id: 1, orig: 0, size: 1, expect: 0 }),
  ],
])('the builder refuses %s', (_, build) => {
  expect(build).toThrow(RangeError)
})
