// Kept results: what they are called, that none is lost, and what is refused.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { commandWords, keptHost, slugOf, withoutPlaces } from '../../bench/conditions.js'
import { keep, readKept } from '../../bench/kept.js'
import { epyc, keptBench, keptFigure, xeon } from './kept-results.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swiotlb-lab-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bench = keptBench([keptFigure('some/figure', [[null, 1.25]])])

describe('a kept result', () => {
  test('has host and date in its name, and comes back as it was', () => {
    const file = keep(bench, folder)
    expect(path.basename(file)).toBe('amd-epyc-f26m2-2cpu-kvm-2026-01-02.json')
    expect(readKept(folder)).toEqual([
      { file: 'amd-epyc-f26m2-2cpu-kvm-2026-01-02.json', kept: bench },
    ])
  })

  test('of the same day is not written over', () => {
    for (let i = 0; i < 3; i++) keep({ ...bench, tries: i + 1 }, folder)
    expect(readdirSync(folder).sort()).toEqual([
      'amd-epyc-f26m2-2cpu-kvm-2026-01-02-2.json',
      'amd-epyc-f26m2-2cpu-kvm-2026-01-02-3.json',
      'amd-epyc-f26m2-2cpu-kvm-2026-01-02.json',
    ])
    expect(readKept(folder)).toHaveLength(3)
  })

  test('of a command has its kind in the name', () => {
    const { source, host, date } = bench
    const about = { source, host, date, command: 'swiotlb-lab verify' }
    const file = keep({ kind: 'verify', ...about, exit: 0, result: { operations: 1 } }, folder)
    expect(path.basename(file)).toBe('amd-epyc-f26m2-2cpu-kvm-2026-01-02-verify.json')
  })

  test('with a field that is wrong is refused by file and field', () => {
    const write = (kept: unknown): void =>
      writeFileSync(path.join(folder, 'wrong.json'), JSON.stringify(kept))
    write({ ...bench, source: { commit: 'HEAD', dirty: false } })
    expect(() => readKept(folder)).toThrow(
      'wrong.json: source.commit: expected a commit of 40 hexadecimal digits',
    )
    write({ ...bench, tries: 0 })
    expect(() => readKept(folder)).toThrow(/^wrong\.json: tries: /)
    write({ ...bench, besides: 1 })
    expect(() => readKept(folder)).toThrow(/^wrong\.json: the document: .*besides/)
    writeFileSync(path.join(folder, 'wrong.json'), '{')
    expect(() => readKept(folder)).toThrow(/^wrong\.json: not JSON/)
  })

  test('a folder that is not there holds none', () => {
    expect(readKept(path.join(folder, 'none'))).toEqual([])
  })
})

test.each([
  [epyc, 'amd-epyc-f26m2-2cpu-kvm'],
  [{ ...epyc, cpus: 16, hypervisor: 'none' }, 'amd-epyc-f26m2-16cpu-bare-metal'],
  [{ ...epyc, hypervisor: 'unknown' }, 'amd-epyc-f26m2-2cpu-unknown-hypervisor'],
  [xeon, 'intel-xeon-f6m106-2cpu-kvm'],
  [{ ...epyc, cpuModel: 'Neoverse-N1', family: null, model: null }, 'neoverse-n1-2cpu-kvm'],
  [{ ...epyc, cpuModel: '', family: null, model: null }, 'unknown-2cpu-kvm'],
])('a host has a short name: %#', (host, name) => {
  expect(slugOf(host)).toBe(name)
})

test('this host is described in full', () => {
  const host = keptHost()
  expect(host.cpus).toBeGreaterThan(0)
  for (const key of ['cpuModel', 'hypervisor', 'kernel', 'compiler', 'node'] as const) {
    expect([key, host[key]]).not.toEqual([key, ''])
  }
})

test('what a command said is kept without the places that it was given', () => {
  const args = ['boot', '--work', '/home/me/kernels', '--capture=/home/me/traces']
  expect(
    withoutPlaces('{"a":"/home/me/traces/off.tar.gz","b":"/home/me/kernels/linux"}', args),
  ).toBe('{"a":"traces/off.tar.gz","b":"kernels/linux"}')
})

test('a command is kept without where a kernel source lies', () => {
  const args = ['--save', '--kernel-source', '/home/me/linux-6.12', '--only', 'causes']
  expect(commandWords('npm run bench --', args)).toBe(
    'npm run bench -- --save --kernel-source linux-6.12 --only causes',
  )
  const places = ['boot', '--work', '/tmp/kernels', '--capture', '/tmp/traces', '--seconds', '3']
  expect(commandWords('swiotlb-lab', places)).toBe(
    'swiotlb-lab boot --work kernels --capture traces --seconds 3',
  )
  expect(commandWords('swiotlb-lab', ['verify', '--kernel-source=/a/b'])).toBe(
    'swiotlb-lab verify --kernel-source=b',
  )
})
