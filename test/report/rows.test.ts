// Names beside the rows of a picture: of two that are not the same, neither is cut to look like the other.

import { describe, expect, test } from '@jest/globals'
import { nameLines } from '../../lib/report/page/names.js'
import { lookWords } from '../../lib/report/parts/booked.js'

describe('a name beside a row', () => {
  test('is broken at a blank where it is too long', () => {
    expect(nameLines('a look every second', 15)).toEqual(['a look every', 'second'])
    expect(nameLines('boot-switch-off', 15)).toEqual(['boot-switch-off'])
    expect(nameLines('a name', 24)).toEqual(['a name'])
  })

  test('is cut where it has no blank, or still too much', () => {
    expect(nameLines('x'.repeat(20), 15)).toEqual([`${'x'.repeat(14)}\u2026`])
    expect(nameLines(`a ${'x'.repeat(20)}`, 15)).toEqual(['a', `${'x'.repeat(14)}\u2026`])
  })

  test('of looks is told in full at every width', () => {
    for (const most of [15, 24]) {
      const names = [1, 15].map((period) => nameLines(lookWords(period), most).join(' '))
      expect(names).toEqual([lookWords(1), lookWords(15)])
    }
  })
})
