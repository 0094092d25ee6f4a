// Lines of several machines, and what only looks like them.

import { describe, expect, test } from '@jest/globals'
import { explain } from '../../lib/explain/explain.js'
import { adviceOf, full, named, text, words } from './logs.js'

describe('lines of several machines', () => {
  const at = (host: string, total: number, used: number): string =>
    `2026-11-27T03:02:11+00:00 ${host} kernel: ${full(131072, total, used)}`
  const FLEET = text(
    at('cvm-17', 524288, 524201),
    at('cvm-18', 32768, 32760),
    at('cvm-17', 524288, 1200),
    at('cvm-19', 65536, 300),
  )

  test('each is explained by itself, and named', () => {
    const { findings, warnings } = explain(FLEET)
    expect(findings.map(({ host, cause, totalSlots }) => [host, cause, totalSlots])).toEqual([
      ['cvm-17', 'misaligned', 524288],
      ['cvm-19', 'misaligned', 65536],
      ['cvm-18', 'exhausted', 32768],
      ['cvm-17', 'fragmented', 524288],
    ])
    // What another machine has in use, or has as a pool, is no matter of this one.
    expect(adviceOf(FLEET, 'exhausted')).toMatch(/swiotlb=65536 /)
    expect(adviceOf(FLEET, 'exhausted')).toMatch(/First see whether it is a leak/)
    expect(warnings[0]).toMatch(/^lines of 3 hosts \(cvm-17, cvm-18, cvm-19\): each/)
    expect(words(FLEET)).toMatch(/exhausted \(certain\): nvme 0000:00:04\.0 on cvm-18: the pool/)
  })

  test('in a journal as JSON, too', () => {
    const journal = ['a', 'b'].map((host) =>
      JSON.stringify({ _HOSTNAME: host, MESSAGE: full(4096, 1024, 1024) }),
    )
    expect(explain(journal.join('\n')).findings.map(({ host }) => host)).toEqual([
      ...['a', 'b', 'a', 'b'],
    ])
  })

  test('one machine, also before it knew its name, is none of several', () => {
    const lines = [
      'Nov 27 03:12:40 localhost kernel: Command line: ro swiotlb=512M',
      `Nov 27 03:12:45 cvm kernel: ${full(4096, 1024, 1024)}`,
    ]
    const { findings } = explain(lines.join('\n'))
    expect(findings.map(({ host }) => host)).toEqual(findings.map(() => null))
    expect(named(lines.join('\n'))).toContain(262144)
  })

  test('what is said of one is said of the next as well', () => {
    const log = text(at('a', 32768, 32768), at('b', 32768, 32768))
    const shown = words(log)
    expect(shown.match(/what to do:/g)).toHaveLength(2)
    expect(shown.match(/what cannot be known from these lines:/g)).toHaveLength(2)
    expect(shown.match(/swiotlb=65536 \(128 MiB\)/g)).toHaveLength(2)
  })

  test('each pool is told with its machine, and no command line is that of all', () => {
    const log = text(
      at('a', 32768, 32768),
      '2026-11-27T03:02:11+00:00 a kernel: Command line: ro swiotlb=32768',
      at('b', 32768, 32768),
      '2026-11-27T03:02:11+00:00 b kernel: Command line: ro swiotlb=force',
    )
    const { pools, commandLine, warnings } = explain(log)
    expect(pools).toEqual([
      { host: 'a', slots: 32768, bytes: 67108864, areas: null, from: [1] },
      { host: 'b', slots: 32768, bytes: 67108864, areas: null, from: [3] },
    ])
    expect(commandLine).toBeNull()
    expect(warnings.join()).toMatch(/a: line 2: swiotlb=32768 asks for/)
    expect(words(log)).toMatch(/pool on a: 32768 slots .*pool on b: 32768 slots/)
    const one = text(...log.split('\n').slice(0, 2))
    expect(explain(one)).toMatchObject({
      pools: [{ host: null }],
      commandLine: { askedSlots: 32768 },
    })
  })
})

describe('what is no name of another machine', () => {
  const stamped = (host: string, used: number): string =>
    `Nov 27 03:12:45 ${host} kernel: ${full(131072, 32768, used)}`
  const hostsOf = (log: string): unknown[] => [
    ...new Set(explain(log).findings.map(({ host }) => host)),
  ]

  test.each([
    ['lines without a host', `[   51.1] ${full(4096, 32768, 32768)}`],
    ['lines of one', stamped('cvm', 32760)],
  ])('prose of a report above %s', (_, log) => {
    const report = text('Host kernel: 6.8.0', 'Guest kernel: 6.11.0', 'Running kernel: 6.11', log)
    expect(hostsOf(report)).toEqual([null])
    expect(explain(report).warnings.join()).not.toMatch(/hosts/)
  })

  test('prose does not part failures from what tells of their boot', () => {
    const boot = '[    0.0] Command line: ro swiotlb=512M'
    const failed = `[   51.1] ${full(4096, 1024, 1024)}`
    const report = text('Host kernel: 6.8', boot, 'Guest kernel: 6.11', failed)
    expect(named(report)).toEqual(named(text(boot, failed)))
    expect(named(report)).toContain(262144)
  })

  test('a name with a domain, and the same without', () => {
    const log = text(stamped('cvm', 32760), stamped('cvm.example.com', 32761))
    expect(hostsOf(log)).toEqual([null])
    const other = text(log, stamped('other', 32762))
    expect(new Set(hostsOf(other))).toEqual(new Set(['cvm.example.com', 'other']))
  })

  test('names of two domains, and addresses, are of several', () => {
    expect(hostsOf(text(stamped('a.x.org', 32760), stamped('a.y.org', 32760)))).toHaveLength(2)
    expect(hostsOf(text(stamped('10.0.0.1', 32760), stamped('10.0.0.2', 32760)))).toHaveLength(2)
    const three = text(stamped('a.x.org', 32760), stamped('a.y.org', 32760), stamped('a', 32760))
    expect(hostsOf(three)).toEqual(['a.x.org', 'a.y.org', 'a'])
  })
})
