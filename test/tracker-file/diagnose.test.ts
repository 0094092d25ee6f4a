// What compilers say of a tracker file, in one line with the user's own line number.

import { describe, expect, test } from '@jest/globals'
import { brokenSide, promiseOfBounds } from '../../lib/native/trackers.js'
import { fileWords, refusedLines } from '../../lib/report/parts/tracker-files.js'
import { diagnose } from '../../lib/tracker-file/diagnose.js'

const USER = '/home/me/mine.h'
const CHAIN = `In file included from ${USER}:14,\n                 from <command-line>:\n`
const DIRECT = 'In file included from <command-line>:\n'

describe('one line of a compiler', () => {
  test.each([
    [
      'a fault of the file itself',
      `${DIRECT}${USER}: In function 'tracker_add':\n${USER}:21:9: error: 'usd' undeclared (first use in this function)\n   21 |   usd\n`,
      "does not compile, line 21: 'usd' undeclared (first use in this function)",
    ],
    [
      'the option behind a warning is left out, and the other errors are counted',
      `${USER}:9:2: error: implicit declaration of function 'f' [-Werror=implicit-function-declaration]\n${USER}:10:2: error: more\n`,
      'does not compile, line 9: f is neither declared nor one of the words (docs/own-tracker.md#the-words) (the first of 2 errors)',
    ],
    [
      'a word of a kernel for each CPU that is none here',
      `${USER}:6:3: error: implicit declaration of function 'this_cpu_add' [-Werror=implicit-function-declaration]\n    6 |  this_cpu_add(used, 1);\n`,
      'does not compile, line 6: this_cpu_add is neither declared nor one of the words (docs/own-tracker.md#the-words); per CPU: examples/per-cpu.h',
    ],
    [
      'a macro for each CPU, of which a compiler sees the arguments',
      `${USER}:5:29: error: unknown type name 'used'\n    5 | static DEFINE_PER_CPU(long, used);\n`,
      'does not compile, line 5: DEFINE_PER_CPU is neither declared nor one of the words (docs/own-tracker.md#the-words); per CPU: examples/per-cpu.h',
    ],
    [
      'a word of C11 is not what is meant',
      `${USER}:6:3: error: implicit declaration of function 'atomic64_read'; did you mean 'atomic_load'? [-Werror=implicit-function-declaration]\n`,
      'does not compile, line 6: atomic64_read is neither declared nor one of the words (docs/own-tracker.md#the-words)',
    ],
    [
      'a word that is there may be',
      `${USER}:6:3: error: implicit declaration of function 'READ_ONC'; did you mean 'READ_ONCE'? [-Werror=implicit-function-declaration]\n`,
      "does not compile, line 6: READ_ONC is neither declared nor one of the words (docs/own-tracker.md#the-words); did you mean 'READ_ONCE'?",
    ],
    [
      'a type, as clang says it',
      `${USER}:5:8: error: unknown type name 'atomic64_t'; did you mean 'atomic_int'?\n`,
      'does not compile, line 5: atomic64_t is neither declared nor one of the words (docs/own-tracker.md#the-words)',
    ],
    [
      'what several objects give away',
      `/usr/bin/ld: /tmp/b.o: in function \`main':\n${USER}:5: multiple definition of \`main'; /tmp/a.o:allocator.c:(.text+0x3c9): first defined here\n`,
      'line 5: multiple definition of main; expected only what is static',
    ],
    [
      'the same where the other one has the line',
      `/usr/bin/ld: /tmp/b.o: in function \`main':\nallocator.c:(.text+0x3c9): multiple definition of \`main'; /tmp/a.o:${USER}:5: first defined here\n`,
      'line 5: multiple definition of main; expected only what is static',
    ],
    [
      'an alignment that cannot be',
      `${CHAIN}/lib/swiotlb/types.h:190:1: error: static assertion failed: "the counters at 0x58"\n`,
      'struct tracker_mem asks for an alignment above 8; expected at most that of a long: keep words apart with an array of bytes between them, as examples/per-cpu.h does',
    ],
    [
      'words that are too many, as gcc says it',
      `/lib/tracker-file/limits.h:19:13: error: conflicting types for 'tracker_mem_bytes'; have 'char[1048576]'\n/lib/tracker-file/limits.h:18:13: note: previous declaration of 'tracker_mem_bytes' with type 'char[2147483664]'\n`,
      'struct tracker_mem is 2147483664 bytes; expected at most 1048576',
    ],
    [
      'and as clang says it',
      `/lib/tracker-file/limits.h:21:13: error: redefinition of 'tracker_area_bytes' with a different type: 'char[4096]' vs 'char[5000]'\n`,
      'struct tracker_area is 5000 bytes; expected at most 4096',
    ],
    [
      'an include chain is said once for each file',
      `${CHAIN}/lib/swiotlb/types.h:3:1: warning: odd\n/lib/swiotlb/types.h:9:1: error: worse\n`,
      'does not compile, line 14: worse (types.h:9)',
    ],
    [
      'verbs that nobody has written',
      "/lib/swiotlb/instance.h:39:9: error: implicit declaration of function 'tracker_used' [-W]\n" +
        "/lib/swiotlb/instance.h:44:9: error: implicit declaration of function 'tracker_bounds' [-W]\n",
      'lacks tracker_used() (the slots in use), tracker_bounds() (how far the mark may be off)',
    ],
    [
      'the same of clang',
      "/lib/swiotlb/instance.h:39:9: error: call to undeclared function 'tracker_used'; ISO C99\n",
      'lacks tracker_used() (the slots in use)',
    ],
    [
      'a struct that is not there',
      `${CHAIN}/lib/swiotlb/types.h:52:30: error: field 'tracker' has incomplete type\n   52 |         struct tracker_area tracker;\n`,
      'lacks struct tracker_area; expected it before #include "swiotlb/types.h", empty if need be',
    ],
    [
      'a verb that was not announced',
      `/lib/trackers/defaults.h:40:29: error: redefinition of 'tracker_add'\n${USER}:19:20: note: previous definition of 'tracker_add' with type 'void ()'\n`,
      'line 19: tracker_add is not announced; expected "#define tracker_add tracker_add" before it',
    ],
    ['words that are no error line', 'cc: out of memory\n', 'does not compile: cc: out of memory'],
    ['nothing at all', '', 'does not compile: no reason given'],
  ])('%s', (_, stderr, words) => expect(diagnose(stderr, USER)).toBe(words))
})

test('a promise is made from the bounds', () => {
  const words = (under: number | null, over: number | null) => promiseOfBounds({ under, over })
  expect([
    words(0, 0),
    words(0, 5),
    words(0, null),
    words(5, 0),
    words(null, 0),
    words(3, 4),
    words(3, null),
    words(null, 4),
    words(null, null),
  ]).toEqual([
    'exact',
    'never under',
    'never under',
    'never over',
    'never over',
    'bounded',
    'bounded under',
    'bounded over',
    'none',
  ])
})

test.each([
  [{ under: 62, over: 0 }, 129, 'under by at most 62 slots'],
  [{ under: 62, over: 0 }, 193, 'never over'],
  [{ under: 0, over: 1 }, 191, 'never under'],
  [{ under: 0, over: 1 }, 194, 'over by at most 1 slot'],
  [{ under: 3, over: 4 }, 100, 'under by at most 3 slots'],
  [{ under: null, over: 4 }, 200, 'over by at most 4 slots'],
  [{ under: 0, over: 0 }, 191, 'exact'],
  // What cannot be a mark was on no side.
  [{ under: 62, over: 0 }, -3, 'never over'],
  [{ under: 3, over: 4 }, null, 'bounded'],
])('of a promise of %j that %j breaks the side is told', (bounds, reportedSlots, words) => {
  const truthSlots = { low: 192, high: 192 }
  expect(brokenSide({ bounds, reportedSlots, truthSlots })).toBe(words)
})

test('a tracker that failed has a line, and its reason below', () => {
  const common = { file: './x', compiler: null, found: null, races: [], racesCut: false } as const
  const own = [
    { ...common, tracker: 'a.h', compared: false, faults: ['crashed; not compared'] },
    { ...common, tracker: 'b.h', compared: true, faults: ['broke its promise'] },
  ] as const
  expect(refusedLines(own, 4)).toEqual([['a.h', 'failed', '-', '-']])
  expect(fileWords(own)).toEqual(['a.h: crashed; not compared', 'b.h: broke its promise'])
})
