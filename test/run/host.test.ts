// What is said of the machine: whether its time stamps can be compared across CPUs.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { host } from '../../lib/index.js'
import { notes } from '../../lib/report/parts/notes.js'
import type { Host } from '../../lib/results/comparison.js'

const SOURCE = '/sys/devices/system/clocksource/clocksource0/current_clocksource'

describe('time stamps', () => {
  test('are those of the processor where the kernel keeps its time by them, and only there', () => {
    const source = existsSync(SOURCE) ? readFileSync(SOURCE, 'utf8').trim() : 'unknown'
    const counters = new Map([
      ['tsc', 'tsc'],
      ['arch_sys_counter', 'cntvct_el0'],
    ])
    expect(host().clock).toBe(counters.get(source) ?? 'clock_gettime')
  })

  const text = (clock: string): string => {
    const machine: Host = { ...host(), clock }
    const layout = {
      areaLayout: 'packed',
      counterLayout: 'kernel',
      slotIndex: 'run-counts',
    } as const
    const nothing = { timing: null, timingNoCopy: null, warnings: [] }
    return notes({ ...nothing, layout, memOffset: 0, host: machine } as never).join('\n')
  }

  test('a report says so where they are not', () => {
    expect(text('tsc')).not.toContain('time stamps')
    expect(text('clock_gettime')).toContain(
      "time stamps by clock_gettime: this kernel does not keep its time by the processor's counter",
    )
  })
})
