// What the guest makes of its trace, compiled for this machine: interrupts that come in the midst of an
// unmap, maps that find no room, and copies that are no maps.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()
const program = join(scratch, 'truth')

/** In place of init.c: the trace is a file of the test's, and nothing else is there. */
const MAIN = `
#include <stdio.h>
#include <string.h>
#include "guest.h"
static const char *trace;
static long nslabs;
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	return strcmp(path, TRACING "trace") ? NULL : __real_fopen(trace, mode);
}
int put(const char *path, const char *text) { return 0; }
long get(const char *path) { return strstr(path, "io_tlb_nslabs") ? nslabs : -1; }
long trace_total(const char *name) { return 0; }
long option(const char *name, long otherwise) { return otherwise; }
int main(int argc, char **argv)
{
	trace = argv[1];
	sscanf(argv[2], "%ld", &nslabs);
	truth_tell();
	return 0;
}
`

beforeAll(() => {
  const main = join(scratch, 'main.c')
  writeFileSync(main, MAIN)
  const guest = 'kernel-patch/guest'
  execFileSync('cc', ['-I', guest, '-Wl,--wrap=fopen', '-o', program, main, `${guest}/truth.c`])
})

const PAGE = 4096
/** What stands in front of an address and of a size, as each probe has it. */
const fields: Readonly<Record<string, readonly [string, string]>> = {
  swiotlb_map: ['dev="0000:00:02.0" orig_addr', 'size'],
  swiotlb_map_ret: ['tlb_addr', 'bytes'],
  swiotlb_unmap: ['dev="0000:00:02.0" tlb_addr', 'size'],
}
/** A line of the trace; so many pages are two slots each. */
const line = (cpu: number, name: string, pages = 0): string => {
  const [address, size] = fields[name] ?? []
  return (
    `  task-one-7 [00${cpu}] d.h1. 1.000001: ${name}: ` +
    (address === undefined
      ? 'irq=9 name=x'
      : `(place+0x0/0x10) ${address}=0x10000 ${size}=${pages * PAGE}`)
  )
}

function told(lines: readonly string[], nslabs = 1000): string[] {
  const file = join(scratch, 'trace')
  writeFileSync(file, `# tracer: nop\n${lines.join('\n')}\n`)
  return execFileSync(program, [file, `${nslabs}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

/** A mapping of its own from begin to end. */
const mapped = (cpu: number, pages: number): string[] => [
  line(cpu, 'swiotlb_map', pages),
  line(cpu, 'swiotlb_map_ret', pages),
]

describe("a guest's trace", () => {
  test('an unmap that an interrupt comes into is not over', () => {
    const lines = [
      ...mapped(0, 1),
      ...mapped(0, 1),
      line(0, 'softirq_entry'),
      line(0, 'swiotlb_unmap', 1),
      line(0, 'irq_handler_entry'),
      line(0, 'swiotlb_unmap', 1),
      line(0, 'irq_handler_exit'),
      ...mapped(1, 3),
      line(0, 'softirq_exit'),
      line(1, 'swiotlb_unmap', 3),
    ]
    // Six of the other CPU, and beside them the two whose unmap was in the interrupt's way.
    expect(told(lines)).toEqual([
      'LAB probes mappings=3 mapped=3 unmappings=3 missed=-1 overrun=0 left=0',
      'LAB truth least=6 most=8',
    ])
  })

  test('is over when the interrupt is', () => {
    const lines = [
      ...mapped(0, 1),
      line(0, 'irq_handler_entry'),
      line(0, 'swiotlb_unmap', 1),
      line(0, 'irq_handler_exit'),
      ...mapped(1, 3),
      line(1, 'swiotlb_unmap', 3),
    ]
    expect(told(lines)[1]).toBe('LAB truth least=6 most=6')
  })

  test('a map that found no room is over when its CPU goes on', () => {
    const lines = [line(0, 'swiotlb_map', 4), ...mapped(0, 1), line(0, 'swiotlb_unmap', 1)]
    expect(told(lines)).toEqual([
      'LAB probes mappings=2 mapped=1 unmappings=1 missed=-1 overrun=0 left=0',
      'LAB truth least=2 most=8',
    ])
    expect(told(lines, 4)[1]).toBe('LAB truth least=2 most=4')
  })

  test('a copy for a mapping that is there is no map', () => {
    const lines = [...mapped(0, 1), line(0, 'swiotlb_map_ret', 1), line(0, 'swiotlb_unmap', 1)]
    expect(told(lines)[0]).toBe(
      'LAB probes mappings=1 mapped=1 unmappings=1 missed=-1 overrun=0 left=0',
    )
  })
})
