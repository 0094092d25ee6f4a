// readTrace(): a path is all that it takes, whatever kind of file lies there.

import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { InputError, readTrace, replay, TraceError } from '../../lib/index.js'
import { scratchFolder } from '../scratch.js'

const CAPTURE = join(__dirname, '../../captures/c-mixed-4cpu')
const TRACE = join(CAPTURE, 'trace.txt.gz')
const { folder, file } = scratchFolder()

test('a packed trace, with the notes beside it', async () => {
  const { file: name, pool, operations } = await readTrace(TRACE)
  expect(name).toBe(TRACE)
  expect(pool.nslabs).toBe(32768)
  expect(operations.length).toBeGreaterThan(1000)
})

test('a trace without notes, and what the caller knows of it', async () => {
  const alone = join(folder, 'alone.txt.gz')
  copyFileSync(TRACE, alone)
  const facts = { nslabs: 32768, nareas: 4, start: 0x34fc9000n }
  const { operations } = await readTrace(alone, facts)
  expect(operations.length).toBe((await readTrace(TRACE)).operations.length)
})

test("the trace in a capture's tar, with the notes in it", async () => {
  file('trace.txt', gunzipSync(readFileSync(TRACE)))
  copyFileSync(join(CAPTURE, 'meta.json'), join(folder, 'meta.json'))
  const tar = file('capture.tar', '')
  execFileSync('tar', ['-cf', tar, '-C', folder, 'trace.txt', 'meta.json'])
  const trace = await readTrace(tar)
  const { peakSlots } = await replay(trace, { trackers: ['global-atomic'] })
  expect(peakSlots).toBe((await replay(await readTrace(TRACE))).peakSlots)
})

test('what cannot be read is named', async () => {
  const nowhere = join(folder, 'not-there')
  await expect(readTrace(nowhere)).rejects.toThrow(`${nowhere}: cannot be read (ENOENT)`)
  await expect(readTrace('')).rejects.toThrow(/^path: expected the path of a trace.*an empty text$/)
  const bytes = new Uint8Array(4) as never
  await expect(readTrace(bytes)).rejects.toThrow(/^path: .*parseTrace\(\) takes its text or bytes/)
  await expect(readTrace(bytes)).rejects.toBeInstanceOf(InputError)
  await expect(readTrace(file('no.txt', 'no trace\n'))).rejects.toBeInstanceOf(TraceError)
})

test('it can be aborted, and tells how far it is', async () => {
  await expect(readTrace(TRACE, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/)
  const reason = new Error('enough')
  const onProgress = async (): Promise<never> => {
    throw reason
  }
  const long = file(
    'long.log',
    `#! nslabs=1024 nareas=1\n${'m 0 1 1000 2048 0 0\nu 0 1\n'.repeat(4e5)}`,
  )
  await expect(readTrace(long, { onProgress })).rejects.toBe(reason)
})
