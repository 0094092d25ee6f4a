// What others wrote into a trace, a log or a folder's name: a terminal is shown it, and does not obey.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { visible } from '../../lib/data/visible.js'
import { cli, MAIN } from './process.js'

const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-names-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Clears a screen, in both ways that there are, and turns what follows around. */
const EVIL = 'nv\u001b[2Jme\u009b31m\u0007\u202e'
const SHOWN = 'nv\\u001b[2Jme\\u009b31m\\u0007\\u202e'
const OBEYED = /(?![\n\t])[\p{Cc}\u202a-\u202e]/u

test('what is obeyed is escaped, and nothing else', () => {
  expect(visible(EVIL)).toBe(SHOWN)
  expect(visible(visible(EVIL))).toBe(SHOWN)
  const harmless = 'a\tb\nc é 你 \\u001b'
  expect(visible(harmless)).toBe(harmless)
  const json = JSON.stringify({ name: EVIL })
  expect(JSON.parse(visible(json))).toEqual({ name: EVIL })
  expect(visible(json)).not.toMatch(OBEYED)
})

/** A map in the pool, which fails for want of room, and one outside of it. */
function trace(): string {
  // The tracer writes bytes, and a reader takes each for a sign.
  const name = 'nv\u001b[2Jme\u009b31m\u0007'
  let at = 0
  const line = (event: string): string => `  dd-1  [000] d..1. 12.00000${at++}: ${event}\n`
  const bounce = (address: string): string =>
    line(`swiotlb_bounced: dev_name: ${name} dma_mask=ff dev_addr=${address} size=4096 NORMAL`)
  const map = (address: string, bus: string): string =>
    bounce(address) +
    line(
      `dma_map_page: ${name} dir=TO_DEVICE dma_addr=${bus} size=4096 phys_addr=${address} attrs=`,
    )
  return map('1000', '40000000') + map('2000', '90000000') + map('3000', '40001000')
}

const FILE = join(folder, 'trace.txt')
writeFileSync(FILE, Buffer.from(trace(), 'latin1'))
const POOL = ['--slots', '1024', '--areas', '1', '--pool-start', '0x40000000']

async function expectShown(args: string[], name?: string, input = ''): Promise<void> {
  const { stdout, stderr } = await cli(args, { input })
  for (const text of [stdout, stderr]) expect(text).not.toMatch(OBEYED)
  if (name !== undefined) expect((stdout + stderr).replace(/\n\s*/g, ' ')).toContain(name)
}

describe('is escaped by', () => {
  const name = 'nv\\u001b[2Jme\\u009b31m\\u0007'

  test.each([['devices'], ['replay'], ['size']])(
    '%s',
    async (command) => {
      const trackers = command === 'replay' ? ['--trackers', 'off'] : []
      await expectShown([command, FILE, ...POOL, ...trackers], name)
      await expectShown([command, FILE, ...POOL, ...trackers, '--json'], name)
    },
    60_000,
  )

  test('a message of what is wrong', async () => {
    const bad = join(folder, `${EVIL}.log`)
    writeFileSync(bad, '#! nslabs=256 nareas=2 pool=40000000\nq \u009b\n')
    await expectShown(['replay', bad], SHOWN)
    await expectShown(['devices', `${bad}.none`], SHOWN)
  }, 60_000)

  test('explain', async () => {
    const log = `[ 1.0] ${EVIL} 0000:00:04.0: swiotlb buffer is full (sz: 4096 bytes), total 512 (slots), used 510 (slots)\n`
    await expectShown(['explain', '-'], undefined, log)
    await expectShown(['explain', '-', '--json'], undefined, log)
  }, 60_000)

  test('watch, in a pipe and on a terminal', async () => {
    const pools = join(folder, 'pools')
    mkdirSync(join(pools, EVIL), { recursive: true })
    for (const [name, value] of Object.entries({ nslabs: 1024, used: 4, used_hiwater: 8 })) {
      writeFileSync(join(pools, `io_tlb_${name}`), `${value}\n`)
      writeFileSync(join(pools, EVIL, `io_tlb_${name}`), `${value}\n`)
    }
    const args = ['watch', '--folder', pools, '--count', '1']
    await expectShown(args, SHOWN)
    const pty = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'
    const { stdout } = spawnSync('python3', ['-c', pty, process.execPath, MAIN, ...args], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    const own = stdout.replaceAll('\r\n', '\n').replaceAll('\r\u001b[K', '')
    expect(own).toContain(SHOWN)
    expect(own).not.toMatch(OBEYED)
  }, 60_000)
})
