// A guest's console, read and judged: what it told, and what a run that went wrong is called.

import { describe, expect, test } from '@jest/globals'
import { judge } from '../../lib/guest/judge.js'
import { readTold } from '../../lib/guest/told.js'
import { bootedPromise } from '../../lib/report/parts/promise.js'

const told = [
  '[    1.234567] some line of a kernel',
  'LAB boot seconds=1.23',
  'LAB before nslabs=16384 used=0 hiwater=12 true_used=0 true_hiwater=12',
  'LAB promise under=0 over=163 until=0 reads=1 unmarked=0',
  'LAB readers started=16 failed=0',
  'LAB after nslabs=16384 used=0 hiwater=1405 true_used=0 true_hiwater=1310',
  'LAB probes mappings=72893 mapped=72893 unmappings=72893 missed=0 overrun=0 left=0',
  'LAB truth least=1310 most=1312',
  'LAB alarms found=0 read=5000',
  'LAB done seconds=5.70',
]

/** The lines, with one of them changed. */
const changed = (find: string, by: string): string[] => told.map((line) => line.replace(find, by))
const judged = (lines: readonly string[]) => judge(readTold(lines))

test.each([
  [0, 0, 'exact', 'exact'],
  [0, 163, 'never under, over by 163', 'never under, bounded over'],
  [0, -1, 'never under, over without bound', 'never under'],
  [40, 0, 'under by 40, never over', 'never over, bounded under'],
  [-1, 0, 'under without bound, never over', 'never over'],
  [40, 40, 'under by 40, over by 40', 'bounded'],
  [-1, 40, 'under without bound, over by 40', 'bounded over'],
  [-1, -1, 'none', 'none'],
])('a promise of %i under and %i over: %s', (under, over, slots, kinds) => {
  const told = { under, over, unmarked: 0 }
  expect([bootedPromise(told, 'slots'), bootedPromise(told, 'kinds')]).toEqual([slots, kinds])
  expect(bootedPromise({ ...told, unmarked: 1 }, 'kinds')).toBe('no mark')
  expect(bootedPromise(null, 'slots')).toBe('-')
})

describe("a guest's console", () => {
  test('is read, whatever the kernel says in between', () => {
    expect(readTold(told)).toEqual({
      before: { nslabs: 16384, used: 0, hiwater: 12, true_used: 0, true_hiwater: 12 },
      after: { nslabs: 16384, used: 0, hiwater: 1405, true_used: 0, true_hiwater: 1310 },
      readers: { started: 16, failed: 0 },
      probes: { mappings: 72893, mapped: 72893, unmappings: 72893, missed: 0, overrun: 0, left: 0 },
      truth: { least: 1310, most: 1312 },
      promise: { under: 0, over: 163, until: 0, reads: 1, unmarked: 0 },
      benchmark: [],
      bounced: null,
      captureBytes: null,
      poolLines: [],
      alarms: { found: 0, read: 5000 },
      alarmLines: [],
      failed: [],
      done: true,
    })
  })

  test('may have ended in the middle of a line', () => {
    const { after, done } = readTold(['LAB after nslabs=16384 used=0 hiw'])
    expect(after).toBeNull()
    expect(done).toBe(false)
  })

  test('keeps what the kernel complained of', () => {
    const lines = [
      ...told,
      'LAB alarm WARNING: inconsistent lock state',
      'LAB failed file=/x why=no',
    ]
    expect(readTold(lines)).toMatchObject({
      alarmLines: ['WARNING: inconsistent lock state'],
      failed: ['file=/x why=no'],
    })
  })
})

describe('a mark', () => {
  test.each([
    ['within its promise', told, 'kept'],
    ['above what was in use by all that it may be', changed('=1405', '=1475'), 'kept'],
    ['above it by one more', changed('=1405', '=1476'), 'broken'],
    ['under what was in use', changed('=1405', '=1309'), 'broken'],
    ['that may be anything', changed('under=0 over=163', 'under=-1 over=-1'), 'none'],
    ['while maps found no room', changed('mappings=72893', 'mappings=72900'), 'kept'],
    ['that is none', changed('unmarked=0', 'unmarked=1'), 'none'],
  ])('%s', (_, lines, verdict) => {
    expect(judged(lines).verdict).toBe(verdict)
  })

  describe('is not held against a promise that has ended', () => {
    const ending = (until: number, lines = changed('=1405', '=1500')) =>
      lines.map((line) => line.replace('until=0', `until=${until}`))
    const grown = changed('after nslabs=16384', 'after nslabs=18432')

    test('by the growth of the pool, which begins with a transient one', () => {
      const over = grown.map((line) => line.replace('=1405', '=1500'))
      expect(judged(ending(2, over))).toEqual({
        verdict: 'ended',
        why:
          '1500 is 188 over what was in use; 163 were promised; ' +
          'but its promise ended with a transient pool',
      })
      expect(judged(over).verdict).toBe('broken')
      expect(judged(ending(2)).verdict).toBe('broken')
      expect(judged(ending(2, grown)).verdict).toBe('kept')
      // That is said of the mark alone: what is counted at rest is wrong in a grown pool, too.
      const lost = grown.map((line) => line.replace('used=0 hiwater=1405', 'used=3 hiwater=1405'))
      expect(judged(ending(2, lost))).toMatchObject({
        verdict: 'broken',
        why: 'used says 3 at rest, where 0 are in use',
      })
    })

    test('by a reset with slots in use, which another boot may not have', () => {
      expect(judged(ending(1)).verdict).toBe('broken')
      const live = ending(1).map((line) =>
        line.replace(/^LAB before(.*) used=0/, 'LAB before$1 used=4'),
      )
      expect(judged(live)).toMatchObject({
        verdict: 'void',
        why: expect.stringContaining('but its promise ended with a reset with 4 slots in use'),
      })
    })
  })

  test('is broken with a use that is not given back', () => {
    const lines = changed('used=0 hiwater=1405', 'used=3 hiwater=1405')
    expect(judged(lines)).toEqual({
      verdict: 'broken',
      why: 'used says 3 at rest, where 0 are in use',
    })
  })

  test('is called broken in slots', () => {
    expect(judged(changed('=1405', '=1500')).why).toBe(
      '1500 is 188 over what was in use; 163 were promised',
    )
  })

  test.each([
    ['missed=0', 'missed=3', '3 probes were passed over'],
    ['missed=0', 'missed=-1', 'whether probes were passed over could not be read'],
    ['read=5000', 'read=-1', "the kernel's log could not be read"],
    ['unmappings=72893', 'unmappings=72892', '72893 maps had their slots, and 72892 were taken'],
    ['overrun=0', 'overrun=9', '9 events did not fit into the buffer'],
    ['left=0', 'left=2', '2 slots were never given back, by the probes'],
    ['mapped=72893', 'mapped=0', 'nothing was mapped'],
    ['failed=0', 'failed=1', '1 of 16 readers of the disk failed'],
    ['true_hiwater=1310', 'true_hiwater=1313', 'the two truths differ: 1313 counted'],
    ['LAB done', 'LAB undone', 'the guest did not tell all that is asked of it'],
    ['LAB promise', 'LAB premise', 'the guest did not tell all that is asked of it'],
  ])('is not judged where %s is %s', (find, by, why) => {
    const { verdict, why: said } = judged(changed(find, by))
    expect(verdict).toBe('void')
    expect(said).toContain(why)
  })
})
