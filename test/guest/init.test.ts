// What process 1 of the guest tells, and when: compiled for this machine, with files of the test's for the
// kernel's, and readers of the disk that change them as a kernel would.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readTold } from '../../lib/guest/told.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()

/** Its main() is not called: that mounts, and turns the machine off. */
const main = (swiotlb: string): string => `
#include "guest.h"
#undef SWIOTLB
#undef DISK
#define SWIOTLB "${swiotlb}/"
#define DISK "/dev/null"
#define main guest_main
#include "init.c"
#undef main
static void say(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}
void read_disk(long seconds, long readers, long kib)
{
	say(SWIOTLB "io_tlb_nslabs", "1024");
	say(SWIOTLB "io_tlb_used_hiwater", "700");
	say(SWIOTLB "io_tlb_promise", "under=0 over=20 until=0 reads=4 unmarked=0\\n");
}
void truth_begin(void) { printf("begin\\n"); }
void truth_tell(void) { printf("tell\\n"); }
void capture(long at) {}
void benchmark(long ms, long threads) {}
int main(void)
{
	work();
	return 0;
}
`

test('the promise is read with the mark, when the pools that it depends on have come', () => {
  const swiotlb = join(scratch, 'swiotlb')
  mkdirSync(swiotlb)
  const files = {
    io_tlb_nslabs: '512',
    io_tlb_used: '0',
    io_tlb_used_hiwater: '31',
    io_tlb_true_used: '0',
    io_tlb_true_hiwater: '31',
    io_tlb_promise: 'under=0 over=10 until=0 reads=2 unmarked=0\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(swiotlb, name), text)
  const source = join(scratch, 'main.c')
  const program = join(scratch, 'init')
  writeFileSync(source, main(swiotlb))
  execFileSync('cc', ['-I', 'kernel-patch/guest', '-o', program, source])
  const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n')
  expect(lines.map((line) => line.replace(/^LAB (\w+) .*/, '$1'))).toEqual([
    ...['before', 'begin', 'after', 'promise', 'tell'],
  ])
  const { before, after, promise } = readTold(lines)
  expect(before).toMatchObject({ nslabs: 512, hiwater: 31 })
  expect(after).toMatchObject({ nslabs: 1024, hiwater: 700 })
  expect(promise).toEqual({ under: 0, over: 20, until: 0, reads: 4, unmarked: 0 })
})
