// The comparison of `verify` finds small faults: each is put into a copy of the port, and that copy
// is compared with the port itself, which `verify` compares with the kernel, over the same logs.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type OperationTrail, replayOperations } from '../../../lib/measure/trail.js'
import { poolAt } from '../../../lib/native/inputs.js'
import type { Operations, PoolHeader } from '../../../lib/trace/index.js'
import { firstMismatch } from '../../../lib/verify/compare.js'
import { PoolFlag, runDriver } from '../../../lib/verify/driver.js'
import { jobsOf } from '../../../lib/verify/jobs.js'
import { PROFILES } from '../../../lib/verify/profiles.js'
import { VARIANTS, type Variant } from '../../../lib/verify/variants.js'
import { applyMutation, buildEngine, buildPort } from './faulty-port.js'
import { MUTATIONS, type Mutation } from './mutations.js'

const OPERATIONS = 100_000
const LOG_LENGTH = 2500
const HASH_EVERY = 500
const BITMAP = '4'
const AT_ONCE = 2
/** A limit for a hung compiler, far above what all take. */
const TIMEOUT_MS = 400_000

interface Log {
  readonly pool: PoolHeader
  readonly operations: Operations
  readonly trail: OperationTrail
}

const scratch = mkdtempSync(join(tmpdir(), 'swiotlb-lab-mutations-'))
const logs = new Map<string, Promise<Log>>()
/** By fault: the operations until it was found; a text when it was not. */
const found = new Map<string, number | string>()

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function variantOf({ variant = 'static' }: Mutation): Variant {
  return VARIANTS.find(({ name }) => name === variant) as Variant
}

/** The log of a job with the port's answers; made once, whoever asks. */
function logOf(variant: Variant, key: string, make: () => Omit<Log, 'trail'>): Promise<Log> {
  const known = logs.get(key)
  if (known) return known
  const { pool, operations } = make()
  const { grow, copies } = variant
  const options = { tracker: 'global-atomic', grow, copies, hashEvery: HASH_EVERY } as const
  const log = replayOperations(operations, pool, options).then((trail) => ({
    pool,
    operations,
    trail,
  }))
  logs.set(key, log)
  return log
}

/** Operations until the copy differs from the port; null when it never does. */
async function search(
  program: string,
  variant: Variant,
  bitmap: boolean,
  wanted = OPERATIONS,
): Promise<number | null> {
  const short = { ...variant, logLength: Math.min(LOG_LENGTH, variant.logLength) }
  let done = 0
  for (const job of jobsOf([short], { profiles: PROFILES, operations: wanted, seed: 1 })) {
    const { pool, operations, trail } = await logOf(
      variant,
      `${variant.name} ${job.seed} ${job.count}`,
      job.make,
    )
    const base = variant.grow ? poolAt(pool.nslabs, pool.nareas, pool.start).growBase : 0n
    const answers = await runDriver(program, pool, operations, {
      args: [bitmap ? BITMAP : '0', String(base)],
      flags: variant.copies ? PoolFlag.copies : 0,
      hashEvery: HASH_EVERY,
    })
    const mismatch = firstMismatch(operations, trail, answers, HASH_EVERY)
    if (mismatch) return done + mismatch.operation + 1
    done += operations.length
  }
  return null
}

let engine = ''

async function findAll(): Promise<void> {
  engine = await buildEngine(join(scratch, 'engine'))
  const queue = MUTATIONS.entries()
  const worker = async (): Promise<void> => {
    for (const [i, mutation] of queue) {
      const folder = join(scratch, String(i))
      try {
        const variant = variantOf(mutation)
        const program = await buildPort(folder, engine, variant.copies, mutation)
        const after = await search(program, variant, mutation.bitmap ?? false)
        found.set(mutation.name, after ?? `not found in ${OPERATIONS} operations`)
      } catch (error) {
        found.set(mutation.name, String(error))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

beforeAll(findAll, TIMEOUT_MS)

test('there are at least 20 faults, each with a name of its own', () => {
  const names = new Set(MUTATIONS.map(({ name }) => name))
  expect(names.size).toBe(MUTATIONS.length)
  expect(names.size).toBeGreaterThanOrEqual(20)
})

describe('is found', () => {
  test.each(MUTATIONS.map((mutation) => [mutation.name]))('%s', (name) => {
    expect(found.get(name)).toEqual(expect.any(Number))
  })
})

describe('no fault', () => {
  test('no difference', async () => {
    const program = await buildPort(join(scratch, 'sound'), engine, true)
    for (const variant of VARIANTS.filter(({ tracker }) => tracker === 'global-atomic')) {
      for (const bitmap of [false, true]) {
        // Data take time: fewer of them, as the sound port says nothing new.
        const operations = variant.copies ? OPERATIONS / 5 : OPERATIONS
        expect([variant.name, bitmap, await search(program, variant, bitmap, operations)]).toEqual([
          variant.name,
          bitmap,
          null,
        ])
      }
    }
  }, 240_000)

  test('a text that is not there is an error', () => {
    const mutation = { name: '', file: 'swiotlb/search.h', from: 'no such text', to: '' }
    expect(() => applyMutation(mutation, join(__dirname, '../../../native'))).toThrow(/0 times/)
  })
})
