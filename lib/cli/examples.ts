/** The examples of each command's help. A test runs them all. */
import type { Example } from './options/help.js'
import { shellWord } from './options/next-step.js'
import { shippedTrace } from './options/shipped.js'

/** Where Debian's package of that name puts it. */
const KERNEL = '/usr/src/linux-source-6.12.tar.xz'

export function examplesOf(command: string): readonly Example[] {
  const trace = shellWord(shippedTrace())
  const all: Readonly<Record<string, readonly (readonly [what: string, line: string])[]>> = {
    boot: [
      [
        'the tracker reserve in an emulated machine with four CPUs',
        `swiotlb-lab boot --tracker reserve --cpus 4 --kernel-source ${KERNEL} --work guests`,
      ],
    ],
    calibrate: [
      [
        'a cost model of this machine, and eight CPUs of that kind',
        'swiotlb-lab calibrate --rounds 10 --out costs.json\n' +
          'swiotlb-lab compare uniform --engine virtual --cpus 8 --steps 1000 --cost-model costs.json',
      ],
    ],
    capture: [
      [
        'a script that records for half a minute, for a machine without Node',
        'swiotlb-lab capture --duration 30s > capture.sh',
      ],
    ],
    check: [
      ['is the promise of reserve kept?', 'swiotlb-lab check reserve --seeds 200'],
      [
        'a schedule in which a mark exceeds the pool, kept and shown again',
        'swiotlb-lab check global-atomic --wanted above-pool --out found.log\n' +
          'swiotlb-lab check --replay found.log',
      ],
    ],
    compare: [
      [
        'three trackers, accuracy alone',
        'swiotlb-lab compare uniform --trackers off,global-atomic,reserve --no-timing',
      ],
      [
        'how they scale, predicted',
        'swiotlb-lab compare uniform --engine virtual --sweep cpus=1,2,4,8 --steps 1000 --no-copy',
      ],
      [
        'what happens when on four CPUs, for ui.perfetto.dev',
        'swiotlb-lab compare uniform --engine virtual --cpus 4 --steps 1000 --trackers off,reserve --trace-out trace.json',
      ],
    ],
    completion: [
      [
        'from the next shell on, in bash',
        'swiotlb-lab completion bash > swiotlb-lab.bash # and: source it in ~/.bashrc',
      ],
    ],
    demo: [['both halves in one document', 'swiotlb-lab demo --json > demo.json']],
    devices: [['who holds the slots in a trace', `swiotlb-lab devices ${trace}`]],
    explain: [['why the buffer was full', 'dmesg | swiotlb-lab explain']],
    'export-selftest': [
      [
        'tests for a kernel tree, and what they can be asked',
        'swiotlb-lab export-selftest swiotlb-tests\nmake -C swiotlb-tests help',
      ],
    ],
    instructions: [
      [
        'how many instructions reserve takes in a booted kernel, beside its own counting',
        `swiotlb-lab instructions --tracker reserve --kernel-source ${KERNEL} --work guests`,
      ],
    ],
    list: [['as a document', 'swiotlb-lab list --json > list.json']],
    merge: [
      [
        'a search in two parts, as on two machines, and what both found',
        'swiotlb-lab check reserve --seeds 400 --shard 1/2 > 1.jsonl\n' +
          'swiotlb-lab check reserve --seeds 400 --shard 2/2 > 2.jsonl\n' +
          'swiotlb-lab merge 1.jsonl 2.jsonl',
      ],
    ],
    param: [
      [
        'what a kernel makes of a size on a machine with eight CPUs',
        'swiotlb-lab param 512MiB --cpus 8 --memory 16GiB',
      ],
      [
        'where to begin without a trace: eight full queues of a disk, and the rings of a network card',
        'swiotlb-lab param --in-flight nvme=8x128x64KiB,nic=8x1024x2KiB --cpus 8',
      ],
    ],
    patch: [
      [
        'a patch that puts reserve into Linux 6.12',
        `swiotlb-lab patch --tracker reserve --kernel-source ${KERNEL} --diff > reserve.patch`,
      ],
    ],
    replay: [
      ['a recorded trace under each tracker', `swiotlb-lab replay ${trace}`],
      [
        'the same in a smaller pool, with what it would cost',
        `swiotlb-lab replay ${trace} --slots 16MiB --engine virtual --trackers off,reserve`,
      ],
    ],
    report: [
      [
        'a page of a comparison, for a browser',
        'swiotlb-lab compare uniform --no-copy --json > compare.json\n' +
          'swiotlb-lab report compare.json --out page.html',
      ],
      [
        'what changed since an earlier result',
        'swiotlb-lab compare uniform --engine virtual --steps 1000 --json > old.json\n' +
          'swiotlb-lab compare uniform --engine virtual --steps 1000 --json > new.json\n' +
          'swiotlb-lab report --base old.json new.json --out change.html',
      ],
    ],
    run: [['one tracker in full', 'swiotlb-lab run uniform --tracker reserve --no-timing']],
    size: [
      ['the smallest pool with half as much load again', `swiotlb-lab size ${trace} --margin 50`],
    ],
    verify: [
      [
        "the port against Linux 6.12's own file",
        `swiotlb-lab verify --kernel-source ${KERNEL} --operations 20000`,
      ],
    ],
    watch: [
      ['two looks at the live counters, a document each', 'swiotlb-lab watch --count 2 --json'],
    ],
  }
  return (all[command] ?? []).map(([what, line]) => ({ what, line }))
}
