// What --openmetrics writes, as Prometheus' own tools see it: promtool, and a node_exporter that serves
// it; and the rules and the board of examples/, which name nothing that is not written.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type WatchOptions, watch } from '../../lib/index.js'
import { virtualClock } from './loads.js'

const examples = join(__dirname, '../../examples')

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-metrics-'))
  file = join(folder, 'swiotlb.prom')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Metrics of a pool that leaks, so that all that can be written is. */
async function written(options: WatchOptions = {}, looks = 60): Promise<string> {
  const show = (minute: number): void => {
    writeFileSync(join(folder, 'io_tlb_used'), `${100 + 25 * minute}\n`)
    writeFileSync(join(folder, 'io_tlb_used_hiwater'), `${100 + 25 * minute}\n`)
  }
  show(0)
  writeFileSync(join(folder, 'io_tlb_nslabs'), '32768\n')
  writeFileSync(join(folder, 'io_tlb_transient_nslabs'), '64\n')
  const clock = virtualClock((at) => show(at / 60_000))
  const all = watch({
    folder,
    periodMs: 60_000,
    count: looks,
    clock,
    openMetrics: file,
    ...options,
  })
  for await (const _ of all) expect(readFileSync(file, 'utf8')).toMatch(/# EOF\n$/)
  return readFileSync(file, 'utf8')
}

function promtool(args: readonly string[], input = ''): void {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  const said = args[1] === 'metrics' ? stdout + stderr : stderr
  expect([error, status, said]).toEqual([undefined, 0, ''])
}

const gauge = (text: string, metric: string): number | undefined => {
  const found = new RegExp(`^${metric}\\{pool="default"\\} (\\S+)$`, 'm').exec(text)
  return found ? Number(found[1]) : undefined
}

describe('the file', () => {
  test('has all values, in base units, and passes promtool', async () => {
    const text = await written()
    promtool(['check', 'metrics'], text)
    expect(gauge(text, 'swiotlb_pool_bytes')).toBe(32_768 * 2048)
    expect(gauge(text, 'swiotlb_used_bytes')).toBe((100 + 25 * 59) * 2048)
    expect(gauge(text, 'swiotlb_used_hiwater_bytes')).toBe((100 + 25 * 59) * 2048)
    expect(gauge(text, 'swiotlb_transient_bytes')).toBe(64 * 2048)
    expect(gauge(text, 'swiotlb_used_ratio')).toBeCloseTo(1575 / 32_768)
    expect(gauge(text, 'swiotlb_drift_bytes_per_second')).toBeCloseTo((25 * 2048) / 60)
    expect(gauge(text, 'swiotlb_leak')).toBe(1)
    expect(gauge(text, 'swiotlb_faults')).toBe(0)
    expect(gauge(text, 'swiotlb_last_read_timestamp_seconds')).toBe(
      Date.UTC(2026, 0, 1) / 1000 + 59 * 60,
    )
    expect(text).not.toContain('swiotlb_unknown')
    expect(readdirSync(folder).filter((name) => name.includes('prom'))).toEqual(['swiotlb.prom'])
  })

  test('has no number for what is not known, but a reason, and passes promtool', async () => {
    const text = await written({ folder: join(folder, 'none') }, 1)
    promtool(['check', 'metrics'], text)
    for (const metric of ['pool_bytes', 'used_bytes', 'used_ratio', 'drift', 'leak']) {
      expect(text).not.toMatch(new RegExp(`^swiotlb_${metric}`, 'm'))
    }
    expect(text).toContain('swiotlb_unknown{pool="default",value="used",reason="no-debugfs"} 1')
  })
})

/** A port that was free just now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

test('a node_exporter serves it', async () => {
  await written()
  const port = await freePort()
  const exporter = spawn(
    'prometheus-node-exporter',
    [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  exporter.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const ended = new Promise<void>((resolve, reject) => {
    exporter.once('error', reject)
    exporter.once('close', () => resolve())
  })
  try {
    let text = ''
    for (let i = 0; i < 200 && text === ''; i++) {
      await Promise.race([delay(100), ended])
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined)
      text = (await answer?.text()) ?? ''
    }
    if (text === '') throw new Error(`it served nothing within 20 s: ${said}`)
    expect(gauge(text, 'swiotlb_used_bytes')).toBe((100 + 25 * 59) * 2048)
    expect(text).toContain('# HELP swiotlb_leak Whether the use grows')
    expect(text).toMatch(/^node_textfile_scrape_error 0$/m)
  } finally {
    exporter.kill()
    await ended
  }
}, 40_000)

describe('the examples', () => {
  const rules = join(examples, 'prometheus/swiotlb.rules.yml')
  const board = readFileSync(join(examples, 'grafana/swiotlb.json'), 'utf8')
  const expressions = [...board.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, text]) =>
    (JSON.parse(text as string) as string).replaceAll('$instance', '.*'),
  )

  test('the rules pass promtool', () => promtool(['check', 'rules', rules]))

  test('the expressions of the board are expressions', () => {
    expect(expressions.length).toBeGreaterThan(5)
    const group = {
      groups: [
        { name: 'board', rules: expressions.map((expr, i) => ({ record: `board:${i}:x`, expr })) },
      ],
    }
    const asRules = join(folder, 'board.yml')
    // JSON is YAML.
    writeFileSync(asRules, JSON.stringify(group))
    promtool(['check', 'rules', asRules])
  })

  test('both name only what is written', async () => {
    const text = (await written()) + (await written({ folder: join(folder, 'none') }, 1))
    const known = new Set([...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name))
    const ruleText = readFileSync(rules, 'utf8').replaceAll(/^#.*$/gm, '')
    const named = new Set(
      [...`${ruleText} ${expressions.join(' ')}`.matchAll(/\bswiotlb_[a-z_]+/g)].map(
        ([name]) => name,
      ),
    )
    expect([...named].filter((name) => !known.has(name))).toEqual([])
    // And nothing that is written is missing from both.
    expect([...known].filter((name) => !named.has(name as string))).toEqual([])
  })

  test('the board is one that Grafana reads', () => {
    const { title, panels, templating } = JSON.parse(board)
    expect(title).toBe('swiotlb bounce buffers')
    const ids = panels.map(({ id }: { id: number }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(templating.list.map(({ name }: { name: string }) => name)).toEqual([
      'datasource',
      'instance',
    ])
  })
})
