// Lines that the kernel left out: whose they are.

import { expect, test } from '@jest/globals'
import { explain } from '../../lib/explain/explain.js'

const full = (sz: number, total: number, used: number, device = 'nvme 0000:00:04.0'): string =>
  `${device}: swiotlb buffer is full (sz: ${sz} bytes), total ${total} (slots), used ${used} (slots)`

const text = (...lines: string[]): string => lines.join('\n')
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
