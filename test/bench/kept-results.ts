// Results as they are kept, made up for tests.

import type { Figure, Regime, Stood } from '../../bench/figure.js'
import type { KeptBench, KeptFile } from '../../bench/kept.js'

export const epyc: KeptBench['host'] = {
  cpuModel: 'AMD EPYC',
  vendor: 'AuthenticAMD',
  family: '26',
  model: '2',
  cpus: 2,
  hypervisor: 'KVM',
  kernel: '6.12.1',
  compiler: 'gcc 12.2.0',
  node: 'v20.20.2',
}

export const xeon: KeptBench['host'] = {
  ...epyc,
  cpuModel: 'Intel(R) Xeon(R) Processor @ 2.50GHz',
  vendor: 'GenuineIntel',
  family: '6',
  model: '106',
}

export const cores: Regime = { sharedCore: false, lineNs: 79, slowdown: 1 }
export const oneCore: Regime = { sharedCore: true, lineNs: 16, slowdown: 1.9 }

export function keptFigure(
  id: string,
  medians: readonly (readonly [Stood, number])[],
  verdict: Figure['pooled'][number]['verdict'] = null,
): Figure {
  return {
    id,
    what: id,
    unit: 'ratio',
    target: null,
    tries: medians.flatMap(([, median], regime) =>
      [1, 2, 3, 4, 5, 6].map((number) => ({ number, regime, rounds: [median], noise: null })),
    ),
    changed: 0,
    pooled: medians.map(([regime, median]) => ({
      regime,
      tries: 6,
      rounds: 100,
      tooFew: false,
      band: { median, low: median - 0.01, high: median + 0.01 },
      spread: { low: median, high: median },
      noise: null,
      verdict,
    })),
  }
}

export function keptBench(figures: Figure[], more: Partial<KeptBench> = {}): KeptBench {
  return {
    kind: 'bench',
    source: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    host: epyc,
    date: '2026-01-02T03:04:05.678Z',
    command: 'npm run bench --',
    tries: 6,
    kernel: null,
    parts: [{ name: 'some', question: 'what', seconds: 1, failure: null, figures }],
    ...more,
  }
}

export const asFile = (kept: KeptFile['kept'], file: string): KeptFile => ({ file, kept })
