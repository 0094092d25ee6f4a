// Published curves: what is kept of them is whole, and the engine that predicts stands by them as it did.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Curve, costModelOf, curves, readCurve } from '../../bench/curves.js'
import { pointsOf } from '../../bench/parts/published-curves.js'

const all = curves()
const curveOf = (name: string): Curve => {
  const found = all.find((curve) => curve.name === name)
  if (!found) throw new Error(`no curve ${name}`)
  return found
}
const FILE = 'mckenney-xeon-8176.json'
const json = (): Record<string, unknown> => JSON.parse(readFileSync(`costs/curves/${FILE}`, 'utf8'))

describe('what is kept', () => {
  test('is every file, under its own name, from more than one publication', () => {
    const files = readdirSync('costs/curves').map((file) => file.replace(/\.json$/, ''))
    expect(all.map(({ name }) => name)).toEqual(files.sort())
    const authors = new Set(all.map(({ source }) => source.split(',')[0]))
    expect([...authors].sort()).toEqual(['Downs', 'McKenney'])
  })

  test.each(all.map((curve) => [curve.name, curve] as const))('%s fits its machine', (_, curve) => {
    const { cpus, sockets, coresPerSocket, coresPerComplex } = curve.topology
    expect(sockets * coresPerSocket).toBe(cpus)
    expect(coresPerComplex).toBeLessThanOrEqual(coresPerSocket)
    expect(curve.points.every((point) => point.cpus <= cpus)).toBe(true)
    const { costs } = costModelOf(curve)
    expect(costs.socket !== undefined || sockets === 1).toBe(true)
    expect(costs.complex !== undefined || coresPerComplex === coresPerSocket).toBe(true)
  })

  test.each([
    ['a figure without a source', { source: '' }, /source/],
    [
      'points that fall',
      {
        points: [
          { cpus: 2, ns: 1 },
          { cpus: 1, ns: 1 },
        ],
      },
      /ascending in CPUs/,
    ],
    ['a given point that is none', { given: [3.5] }, /given/],
    ['costs twice', { costs: {} }, /costs/],
    ['costs from nowhere', { costModel: undefined }, /either costModel or costs/],
    ['a key that nobody reads', { unit: 'ns' }, /unit/],
  ])('refuses %s', (_, change, words) => {
    const text = JSON.stringify({ ...json(), ...change })
    expect(() => readCurve(FILE, text)).toThrow(words)
    expect(() => readCurve(FILE, text)).toThrow(FILE)
  })
})

describe('predicted beside published', () => {
  const ratios = async (name: string, from: number, to: number): Promise<number[]> => {
    const curve = curveOf(name)
    const points = curve.points.filter(({ cpus }) => cpus >= from && cpus <= to)
    const found = await pointsOf({ ...curve, points, given: [] }, 1)
    return found.map(({ predicted, published }) => predicted / published)
  }

  test('within one socket of the large Xeon no cost was taken from the curve, and it is met', async () => {
    const within = await ratios('mckenney-xeon-8176', 5, 28)
    expect(within).toHaveLength(11)
    expect(Math.min(...within)).toBeGreaterThan(0.8)
    expect(Math.max(...within)).toBeLessThan(1.2)
  })

  test('across sockets it is not: near CPUs are not served first', async () => {
    const across = await ratios('mckenney-xeon-8176', 32, 224)
    expect(Math.min(...across)).toBeGreaterThan(1.5)
    expect(Math.max(...across)).toBeLessThan(2.5)
  })
})
