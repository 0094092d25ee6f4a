// Shards on the command line: joined, they give the bytes of one run; and the examples do.

import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import * as z from 'zod'
import { scratchFolder } from '../scratch.js'
import { cli, MAIN, root } from './process.js'

const scratch = scratchFolder()

/** Runs each shard, and gives their files. */
async function shards(args: readonly string[], of: number, name: string): Promise<string[]> {
  const files: string[] = []
  for (let i = 1; i <= of; i++) {
    const { code, stdout, stderr } = await cli([...args, '--shard', `${i}/${of}`])
    // Whatever was found: the answer is that of the whole.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    files.push(scratch.file(`${name}-${i}.jsonl`, stdout))
  }
  return files
}

const virtual = ['compare', 'uniform', '--engine', 'virtual', '--steps', '2000']

describe('four shards, joined, are one run', () => {
  test.each([
    ['a series over CPUs', ['--sweep', 'cpus=1,2,4,6,8']],
    ['a series over areas', ['--sweep', 'areas=1,2,4,8', '--trackers', 'off,reserve']],
  ] as const)(
    '%s',
    async (name, more) => {
      const args = [...virtual, ...more]
      const files = await shards(args, 4, name.replaceAll(' ', '-'))
      for (const json of [[], ['--json']]) {
        const whole = await cli([...args, ...json])
        expect(await cli(['merge', ...files, ...json])).toEqual(whole)
        expect(whole).toMatchObject({ code: 0, stderr: '' })
      }
    },
    120_000,
  )

  test('a series with a tracker file, whose bytes are part of the plan', async () => {
    const file = scratch.file('mine.h', readFileSync(join(root, 'examples/per-cpu.h')))
    const args = [...virtual, '--sweep', 'cpus=1,2', '--trackers', 'off', '--tracker', file]
    const files = await shards(args, 2, 'own')
    expect(await cli(['merge', ...files, '--json'])).toEqual(await cli([...args, '--json']))
    const [first = '', second = ''] = files.map((path) => readFileSync(path, 'utf8'))
    const digest = /"trackerFiles":\["([0-9a-f]{64})"\]/.exec(first)?.[1]
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(second).toContain(digest)
  }, 240_000)

  test.each([
    ['kept', ['check', 'reserve', '--seeds', '600'], 0],
    ['broken', ['check', 'global-atomic', '--wanted', 'above-pool', '--seeds', '2000'], 0],
  ] as const)(
    'a search: %s',
    async (name, args, code) => {
      const files = await shards(args, 4, `check-${name}`)
      const [a, b] = [join(scratch.folder, 'a.log'), join(scratch.folder, 'b.log')]
      const whole = await cli([...args, '--out', a])
      const merged = await cli(['merge', ...files, '--out', b])
      expect(whole.code).toBe(code)
      expect({ ...merged, stdout: merged.stdout.replaceAll(b, a) }).toEqual(whole)
      expect(await cli(['merge', ...files, '--json'])).toEqual(await cli([...args, '--json']))
      if (name === 'broken') expect(readFileSync(b, 'utf8')).toBe(readFileSync(a, 'utf8'))
    },
    120_000,
  )
})

describe('shards of a tracker file', () => {
  /** Raced, so that pairs of places are met in several shards, and with code that some of them miss. */
  const raced = (): string => {
    const path = join(root, 'test/data/trackers/lost-mark.h')
    const text = readFileSync(path, 'utf8').replace(/^#include "([\w-]+\.h)"$/gm, (_, beside) =>
      readFileSync(join(path, '..', beside), 'utf8').replace(
        /^#include "([\w-]+\.h)"$/gm,
        (_, next) => readFileSync(join(path, '..', next), 'utf8'),
      ),
    )
    return scratch.file('raced.h', `#define PLAIN 1\n${text}`)
  }

  type Case = readonly [string, () => string, readonly string[], number]
  test.each<Case>([
    ['kept', () => join(root, 'examples/per-cpu.h'), ['--seeds', '400'], 0],
    ['raced', raced, ['--seeds', '600', '--wanted', 'above-pool', '--beside', 'reset'], 0],
    ['found', raced, ['--seeds', '2000'], 1],
    ['compiled here', () => 'epochs', ['--coverage', '--seeds', '300'], 0],
    ['that does not compile', () => scratch.file('typo.h', 'struct tracker_area {'), [], 1],
  ])(
    '%s: joined, they are one run',
    async (name, file, more, code) => {
      const args = ['check', file(), ...more]
      const files = await shards(args, 3, `file-${name.replaceAll(' ', '-')}`)
      for (const json of [[], ['--json']]) {
        const whole = await cli([...args, ...json])
        expect(whole.code).toBe(code)
        expect(await cli(['merge', ...files, ...json])).toEqual(whole)
      }
    },
    240_000,
  )

  test('of a file that was changed meanwhile are not joined', async () => {
    const example = readFileSync(join(root, 'examples/per-cpu.h'), 'utf8')
    const file = scratch.file('changed.h', example)
    const args = ['check', file, '--seeds', '128']
    const [a = ''] = await shards(args, 2, 'before')
    scratch.file('changed.h', `${example}/* more */\n`)
    const [, b = ''] = await shards(args, 2, 'behind')
    const mixed = await cli(['merge', a, b])
    expect(mixed).toMatchObject({ code: 2, stdout: '' })
    expect(mixed.stderr).toContain(`${b}:1: plan.trackerFiles.0 is `)
  }, 60_000)

  test('nor of one that includes a file in which a constant was changed', async () => {
    const example = readFileSync(join(root, 'examples/per-cpu.h'), 'utf8')
    const counted = example.replace(/\(long\)nslots/g, 'OFTEN * (long)nslots')
    expect(counted).not.toBe(example)
    scratch.file('often.h', '#define OFTEN 1\n')
    const file = scratch.file('includes.h', `#include "often.h"\n${counted}`)
    const shard = async (i: number): Promise<string> => {
      const { stdout } = await cli(['check', file, '--seeds', '128', '--shard', `${i}/2`])
      return scratch.file(`includes-${i}.jsonl`, stdout)
    }
    const first = await shard(1)
    scratch.file('often.h', '#define OFTEN 2\n')
    const mixed = await cli(['merge', first, await shard(2)])
    expect(mixed).toMatchObject({ code: 2, stdout: '' })
    expect(mixed.stderr).toContain(
      'includes.h: often.h, which it includes, is another file in some of the shards',
    )
  }, 240_000)
})

describe('what is refused', () => {
  test.each([
    [['compare', '--shard', '1/2'], '--shard: expected beside --sweep, whose steps it takes'],
    [
      [...virtual, '--sweep', 'cpus=1,2', '--shard', '1/3'],
      '--shard: expected at most 2 shards, for there are 2 steps in the series, not 3',
    ],
    [
      ['check', 'off', '--shard', '0/2'],
      '--shard: expected a shard and how many there are, as 1/4',
    ],
    [['check', 'off', '--shard', '3/2'], 'not "3/2"'],
    [['check', 'off', '--shard', '1'], 'not "1"'],
    [
      ['check', 'off', '--seeds', '100', '--shard', '1/3'],
      'expected at most 2 shards, for there are 2 times 64 schedules, not 3',
    ],
    [['check', 'off', '--out', 'x.log', '--shard', '1/2'], '--out: expected with merge'],
    [['check', '--replay', 'x.log', '--shard', '1/2'], '--shard: expected no --replay beside it'],
    [['merge', 'nowhere.jsonl'], 'nowhere.jsonl: cannot be read (ENOENT)'],
    [['merge'], "missing required argument 'file'"],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await cli(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('lines of other runs, and half a file on stdin', async () => {
    const series = [...virtual, '--sweep', 'cpus=1,2', '--trackers', 'off']
    const [a = '', b = ''] = await shards(series, 2, 'here')
    const [, other = ''] = await shards([...series, '--seed', '9'], 2, 'there')
    const mixed = await cli(['merge', a, other])
    expect(mixed).toMatchObject({ code: 2, stdout: '' })
    expect(mixed.stderr).toContain(
      `${other}:1: plan.flags.seed is 9, and not given in ${a}:1; expected shards of one plan`,
    )
    const half = readFileSync(b).subarray(0, 1000)
    const cut = await cli(['merge', a, '-'], { input: half })
    expect(cut).toMatchObject({ code: 2, stdout: '' })
    expect(cut.stderr).toContain('stdin:1: the last line is cut off')
    expect((await cli(['merge', a, '-', '--json'], { input: readFileSync(b) })).code).toBe(0)
    expect((await cli(['merge', a, b, '--out', 'x.log'])).stderr).toContain(
      '--out: expected shards of check or verify',
    )
  }, 60_000)
})

/** What the published API says of a Job, as far as the example goes; all else is a slip. */
const container = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,63}$/),
  image: z.string(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  command: z.array(z.string()),
  resources: z.strictObject({ requests: z.strictObject({ cpu: z.string(), memory: z.string() }) }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
})
const job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,63}$/) }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed'),
    completions: z.number().int().min(1),
    parallelism: z.number().int().min(1),
    backoffLimitPerIndex: z.number().int().min(0),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.literal('Never'),
        containers: z.tuple([container]),
        volumes: z.array(
          z.strictObject({
            name: z.string(),
            persistentVolumeClaim: z.strictObject({ claimName: z.string() }),
          }),
        ),
      }),
    }),
  }),
})

describe('the examples', () => {
  test('a Slurm array: shellcheck has no complaint, and its jobs give the series', async () => {
    const script = join(root, 'examples/slurm-sweep.sh')
    await promisify(execFile)('shellcheck', [script])
    const sweep = join(scratch.folder, 'slurm')
    for (const id of ['1', '2']) {
      const slurm = { SLURM_ARRAY_TASK_ID: id, SLURM_ARRAY_TASK_COUNT: '2' }
      const lab = { LAB: `${process.execPath} ${MAIN}`, SWEEP: sweep, SERIES: 'cpus=1,2' }
      await promisify(execFile)('bash', [script], { env: { ...process.env, ...slurm, ...lab } })
    }
    expect(readdirSync(sweep)).toEqual(['shard-1.jsonl', 'shard-2.jsonl'])
    const files = readdirSync(sweep).map((file) => join(sweep, file))
    const { code, stdout } = await cli(['merge', ...files, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).steps.map(({ value }: { value: number }) => value)).toEqual([1, 2])
  }, 120_000)

  test('a Slurm array has no more jobs than its series has steps', () => {
    const script = readFileSync(join(root, 'examples/slurm-sweep.sh'), 'utf8')
    const [, jobs] = /^#SBATCH --array=1-(\d+)$/m.exec(script) ?? []
    expect(script).toContain('cpus=1,2,4,...,512')
    expect(Number(jobs)).toBe(Math.log2(512) + 1)
  })

  test("a job of Kubernetes: its fields are the API's, and its pods give the search", async () => {
    const text = readFileSync(join(root, 'examples/kubernetes-sweep.yaml'), 'utf8')
    const { spec } = job.parse(parse(text))
    const [{ command, env, volumeMounts }] = spec.template.spec.containers
    expect(env).toEqual([{ name: 'SHARDS', value: String(spec.completions) }])
    expect(volumeMounts.map(({ name }) => name)).toEqual(
      spec.template.spec.volumes.map(({ name }) => name),
    )
    const results = join(scratch.folder, 'results')
    const bin = join(scratch.folder, 'bin')
    for (const folder of [results, bin]) mkdirSync(folder)
    const lab = scratch.file(
      'bin/swiotlb-lab',
      `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
    )
    chmodSync(lab, 0o755)
    // In a minute, and where the test may write.
    const [shell = '', ...args] = command.map((part) =>
      part.replaceAll('/results', results).replace(/--seeds \d+/, '--seeds 300'),
    )
    for (const index of ['0', '1']) {
      const pod = { JOB_COMPLETION_INDEX: index, SHARDS: '2' }
      const path = { PATH: `${bin}:${process.env['PATH']}` }
      await promisify(execFile)(shell, args, { env: { ...process.env, ...pod, ...path } })
    }
    const files = readdirSync(results).map((file) => join(results, file))
    expect(await cli(['merge', ...files])).toEqual(
      await cli(['check', 'reserve', '--seeds', '300']),
    )
  }, 120_000)
})
