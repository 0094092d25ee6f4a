// Copies of the port with one fault each, compiled as drivers.

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Mutation } from './mutations.js'

const ROOT = join(__dirname, '../../..')
const FLAGS = ['-std=gnu11', '-O1', '-D_GNU_SOURCE', '-w', '-pthread'] as const
/** The kernel's tracker alone, so that it all compiles in a moment. */
const LIST = 'TRACKER(global_atomic, "global-atomic", "exact", "")\n'
const INSTANCE = `#define TRACKER_ID global_atomic
#include "trackers/global_atomic.h"
#include "swiotlb/instance.h"
`
/** In place of the instrumented build, which only replays with data need. */
const ALIAS = `extern struct swiotlb_ops swiotlb_global_atomic_instrumented_ops[SWIOTLB_NR_LAYOUTS]
	__attribute__((alias("swiotlb_global_atomic_ops")));
`

/** Copies the sources into a folder, beside what they include; the copy of native/. */
function copySources(folder: string): string {
  const native = join(folder, 'native')
  cpSync(join(ROOT, 'native'), native, {
    recursive: true,
    filter: (path) => !/\/(?:instances|addon)(?:\/|$)/.test(path),
  })
  symlinkSync(join(ROOT, 'kernel-shim'), join(folder, 'kernel-shim'))
  writeFileSync(join(native, 'trackers/list.h'), LIST)
  mkdirSync(join(native, 'instances'))
  writeFileSync(join(native, 'instances/baselines.h'), 'BASELINE(global_atomic)\n')
  writeFileSync(join(native, 'instance.c'), INSTANCE + ALIAS)
  writeFileSync(join(native, 'plain.c'), INSTANCE)
  writeFileSync(join(native, 'instrumented.c'), `#define LAB_INSTRUMENTED 1\n${INSTANCE}`)
  return native
}

async function compile(native: string, args: readonly string[]): Promise<void> {
  const includes = ['-I', native, '-I', join(native, '../kernel-shim')]
  await promisify(execFile)('cc', [...FLAGS, ...includes, ...args], { cwd: native })
}

/** All but the allocator itself, which every copy of the port shares: the path of an object file. */
export async function buildEngine(folder: string): Promise<string> {
  const native = copySources(folder)
  const sources = readFileSync(join(native, 'core.sources'), 'utf8').split('\n').filter(Boolean)
  const object = join(folder, 'engine.o')
  const files = [...sources.map((source) => source.replace('native/', '')), 'tests/port_driver.c']
  await compile(native, ['-O0', '-r', '-nostdlib', ...files, '-o', object])
  return object
}

/** Applies the fault to a copy of native/. Throws Error when its text is not there just once. */
export function applyMutation({ file, from, to }: Mutation, native: string): void {
  const path = join(native, file)
  const text = readFileSync(path, 'utf8')
  const parts = text.split(from)
  if (parts.length !== 2) {
    throw new Error(`${file} holds ${JSON.stringify(from)} ${parts.length - 1} times, not once`)
  }
  writeFileSync(path, parts.join(to))
}

/**
 * A copy of the port in a folder of its own, with the fault or without, compiled; with its
 * instrumented build for what copies data.
 */
export async function buildPort(
  folder: string,
  engine: string,
  copies: boolean,
  mutation?: Mutation,
): Promise<string> {
  const native = copySources(folder)
  if (mutation) applyMutation(mutation, native)
  const program = join(folder, 'port')
  const instances = copies ? ['plain.c', 'instrumented.c'] : ['instance.c']
  await compile(native, [...instances, engine, '-lm', '-ldl', '-o', program])
  return program
}
