// Lines that the kernel left out: whose they are.

import { expect, test } from '@jest/globals'
import { explain } from '../../lib/explain/explain.js'
import { full, text } from './logs.js'

test('lines that were left out are of no device where several failed', () => {
  const left = 'swiotlb: swiotlb_tbl_map_single: 1203 callbacks suppressed'
  const log = text(left, full(4096, 1024, 1024, 'a 1-1'), full(4096, 1024, 1024, 'b 1-2'))
  const { findings, warnings } = explain(log)
  for (const finding of findings) {
    expect(finding.suppressed).toBeNull()
    expect(finding.failuresAtLeast).toBeLessThan(3)
    expect(finding.lines).not.toContain(1)
  }
  expect(warnings.join()).toMatch(/line 1: 1203 lines more about failed mappings were left out/)
  const one = explain(text(left, full(4096, 1024, 1024, 'a 1-1'))).findings[0]
  expect(one).toMatchObject({ suppressed: 1203, failuresAtLeast: 1204 })
})

const LEFT = 'swiotlb: swiotlb_tbl_map_single: 100 callbacks suppressed'
const VERSION = '[    0.000000] Linux version 6.12.0 (a@b)'

test('in each of two boots one device failed: both are counted', () => {
  const log = text(
    `[  100.1] ${full(4096, 1024, 1024, 'a 1-1')}`,
    `[  101.1] ${LEFT}`,
    VERSION,
    `[   50.0] ${LEFT.replace('100', '7')}`,
    `[   50.1] ${full(4096, 1024, 1024, 'b 1-2')}`,
  )
  const { findings, warnings } = explain(log)
  expect(findings.filter(({ cause }) => cause === 'exhausted')).toMatchObject([
    { device: 'a 1-1', suppressed: 100, failuresAtLeast: 101, lines: [1, 2] },
    { device: 'b 1-2', suppressed: 7, failuresAtLeast: 8, lines: [4, 5] },
  ])
  expect(warnings.join()).not.toMatch(/were left out/)
})

test('of a boot with several devices they are of none, and of the others they are counted', () => {
  const log = text(
    `[  100.1] ${full(4096, 1024, 1024, 'a 1-1')}`,
    `[  100.2] ${full(4096, 1024, 1024, 'b 1-2')}`,
    `[  101.1] ${LEFT}`,
    VERSION,
    `[   50.1] ${full(4096, 1024, 1024, 'a 1-1')}`,
    `[   50.2] ${LEFT.replace('100', '7')}`,
  )
  const { findings, warnings } = explain(log)
  expect(findings.filter(({ cause }) => cause === 'exhausted')).toMatchObject([
    { device: 'a 1-1', suppressed: 7, failuresAtLeast: 9, lines: [1, 5, 6] },
    { device: 'b 1-2', suppressed: null, failuresAtLeast: 1, lines: [2] },
  ])
  expect(warnings.join()).toMatch(/line 3: 100 lines more about failed mappings were left out/)
})

test('of a mapping that is too large they are counted once, and of nobody where two devices failed', () => {
  const log = text(`[  100.1] ${full(2097152, 1024, 1000, 'a 1-1')}`, `[  101.1] ${LEFT}`)
  expect(explain(log).findings).toMatchObject([
    { cause: 'too-large', suppressed: 100, failuresAtLeast: 101 },
    { cause: 'exhausted', suppressed: 0, failuresAtLeast: 1 },
  ])
  const two = `${log}\n[  102.1] ${full(4096, 1024, 1024, 'b 1-2')}`
  for (const { suppressed } of explain(two).findings) expect(suppressed).toBeNull()
})

test.each([
  ['above the pool', 2000],
  ['below 0', 18446744073709551615n],
])('of a failure whose count is wrong, %s, they are counted too', (_, used) => {
  const failed = full(4096, 1024, 1024, 'a 1-1').replace('used 1024', `used ${used}`)
  const [finding] = explain(text(`[  100.1] ${failed}`, `[  101.1] ${LEFT}`)).findings
  expect(finding).toMatchObject({
    ...{ cause: 'counter-bug', device: 'a 1-1', requestBytes: 4096 },
    ...{ suppressed: 100, failuresAtLeast: 101, lines: [1, 2] },
  })
})

test('a failure that names no device, and a name without its driver, are no other device', () => {
  for (const other of ['(NULL device *)', '1-1']) {
    const log = text(full(4096, 1024, 1024, 'a 1-1'), LEFT, full(4096, 1024, 1024, other))
    const [finding] = explain(log).findings
    expect(finding).toMatchObject({ cause: 'exhausted', device: 'a 1-1', suppressed: 100 })
    expect(explain(log).warnings.join()).not.toMatch(/were left out/)
  }
})

test('in a boot without a failure they are of none, and told', () => {
  const log = text(`[  100.1] ${full(4096, 1024, 1024, 'a 1-1')}`, VERSION, `[   50.0] ${LEFT}`)
  const { findings, warnings } = explain(log)
  expect(findings[0]).toMatchObject({ device: 'a 1-1', suppressed: 0, failuresAtLeast: 1 })
  expect(warnings.join()).toMatch(/line 3: 100 messages .*none of that boot is here/)
})
