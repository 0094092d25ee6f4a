#!/bin/sh
# kernel.sh KERNEL WORK: every tracker that goes into a kernel, the examples, and a file that says each word
# there is, booted: static and growing, each with and without the kernel's checks of its locks, and with a
# pool that is full at times. A planted lock that is taken plainly must be found by those checks. Then what
# each tracker costs, in instructions. KERNEL is a tree or a tar; WORK is a folder that is kept, with a
# build for each kind: hours the first time, where CPUs are few. The package must be built.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernel=$1
work=$2
lab=$here/../dist/cli/main.js
planted=$here/../test/data/trackers

all=$(node --input-type=module -e '
	const { kernelTrackers } = await import(process.argv[1])
	console.log(kernelTrackers.join(","))
' "$here/../dist/patch/files.js")
all=$all,$here/../examples/per-cpu.h,$here/../examples/sum-on-map.h,$planted/every-word.h

# shellcheck source=kernel-shim/results.sh
. "$here/../kernel-shim/results.sh"

boot() {
	node "$lab" boot --kernel-source "$kernel" --work "$work" "$@"
}

# all_in WHAT OPTIONS...: a boot of every tracker.
all_in() {
	what=$1
	shift
	printf '\n== %s\n' "$what"
	status=0
	boot --tracker "$all" "$@" || status=$?
	result "$status" "$what"
}

# The checks of locks must end the command with 1, and name the lock.
control() {
	ended=0
	said=$(boot --lockdep --tracker "$planted/plain-lock.h") || ended=$?
	echo "$said"
	[ "$ended" -eq 1 ] && echo "$said" | grep -q 'inconsistent lock state'
}

all_in 'static' --seconds 3
all_in 'static, full at times' --slots 512 --readers 32
all_in 'static, with the checks of locks' --lockdep
all_in 'growing' --dynamic --slots 256 --readers 48
all_in 'growing, with the checks of locks' --dynamic --lockdep --slots 256 --readers 48

printf '\n== a lock that is taken plainly\n'
status=0
control || status=$?
result "$status" 'a lock that is taken plainly'

printf '\n== instructions\n'
status=0
node "$lab" instructions --kernel-source "$kernel" --work "$work" --tracker "$all" || status=$?
result "$status" 'instructions'

echo
sum_up
