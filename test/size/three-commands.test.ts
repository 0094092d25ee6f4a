// From a machine without Node to a boot parameter, in three commands: capture, the script, size.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { StandIn } from '../capture/stand-in.js'
import { cli } from '../cli/process.js'
import { captureMeta, captureText } from '../trace/helpers.js'

const NAME = 'f-ftrace-std'
const { nslabs, nareas, hiwater_after } = captureMeta(NAME)
const place = new StandIn({
  trace: captureText(NAME),
  dmesg: captureText(NAME, 'dmesg.txt.gz'),
  counters: {
    io_tlb_nslabs: `${nslabs}`,
    io_tlb_used: '0',
    io_tlb_used_hiwater: `${hiwater_after}`,
  },
})
afterAll(() => rmSync(place.folder, { recursive: true, force: true }))

test('a tar of the script, through size, to a boot parameter', async () => {
  const printed = await cli([
    'capture',
    '--duration',
    '1s',
    '--buffer',
    '1MiB',
    '--reset',
    '--tar',
    'mine.tar',
  ])
  expect(printed.code).toBe(0)
  expect((await place.run(printed.stdout)).code).toBe(0)
  const tar = join(place.out, 'mine.tar')
  const { code, stdout, stderr } = await cli(['size', tar])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('The smallest pool with no failed map: swiotlb=256,2,')
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    `The pool as it is, ${nslabs} slots (32 MiB) in ${nareas} areas, serves, and is 31.5 MiB larger`,
  )
  // What size says to type next works, too.
  const [, args = ''] = /^next, .*main\.js (.*)$/m.exec(stdout) ?? []
  const next = await cli(args.split(' '))
  expect([next.code, next.stderr]).toEqual([0, ''])
  expect(next.stdout).toMatch(/2230 maps, 2230 unmaps, 0 failed/)
}, 120_000)
