#!/bin/sh
# kernel.sh [--keep] KERNEL WORK [OTHER...]: every tracker that goes into a kernel, the examples, and a file that says
# each word there is, booted: static and growing, each with and without the kernel's checks of its locks, with
# a pool that is full at times, and on arm64. A planted lock that is taken plainly must be found by those
# checks. Then what each tracker costs, in instructions. KERNEL is a tree or a tar; WORK is a folder that is
# kept, with a build for each kind: hours the first time, where CPUs are few. In each OTHER kernel they are
# compiled, as compile.sh does, and not booted. The package must be built.
#   --keep  what each of them gives is kept in results/, for npm run figures, and not printed
set -eu

keep=
if [ "${1:-}" = --keep ]; then
	keep=yes
	shift
fi
if [ $# -lt 2 ]; then
	echo 'usage: kernel.sh [--keep] KERNEL WORK [OTHER...]' >&2
	exit 2
fi
kernel=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
shift 2
for other; do
	shift
	set -- "$@" "$(realpath "$other")"
done
# What is kept names the files of trackers as they lie here.
cd "$(dirname "$0")/.."
planted=test/data/trackers

all=$(node --input-type=module -e '
	const { kernelTrackers } = await import(process.argv[1])
	console.log(kernelTrackers.join(","))
' "$PWD/dist/patch/files.js")
all=$all,examples/per-cpu.h,examples/sum-on-map.h,$planted/every-word.h

# shellcheck source=kernel-shim/results.sh
. kernel-shim/results.sh

# of_all COMMAND OPTIONS...: of every tracker.
of_all() {
	set -- "$@" --tracker "$all" --kernel-source "$kernel" --work "$work"
	if [ -n "$keep" ]; then
		node dist-bench/keep.js "$@"
	else
		node dist/cli/main.js "$@"
	fi
}

over=0
output=$(mktemp)
trap 'rm -f "$output" "$output.status"' EXIT

# all_in WHAT COMMAND OPTIONS...: one way, whether all was right, and how many promises had ended.
all_in() {
	what=$1
	shift
	printf '\n== %s\n' "$what"
	rm -f "$output.status"
	# Shown as it comes, so that an interrupt loses nothing.
	{ of_all "$@" || echo $? >"$output.status"; } | tee -i "$output"
	status=$(cat "$output.status" 2>/dev/null || echo 0)
	# Its first line names the file, where what was said is kept.
	file=$(sed -n 's/^kept: \([^;]*\);.*/\1/p' "$output")
	found=$(tr -s ' \n' '  ' <"${file:-$output}" | grep -o 'but its promise ended with a transient pool' | wc -l)
	over=$((over + found))
	result "$status" "$what$([ "$found" -eq 0 ] || echo ", but for promises that had ended: $found")"
}

# The checks of locks must end the command with 1, and name the lock.
control() {
	ended=0
	said=$(node dist/cli/main.js boot --lockdep --tracker "$planted/plain-lock.h" \
		--kernel-source "$kernel" --work "$work") || ended=$?
	echo "$said"
	[ "$ended" -eq 1 ] && echo "$said" | grep -q 'inconsistent lock state'
}

all_in 'static' boot --capture "$work/captures"
all_in 'static, full at times' boot --slots 512 --readers 32
all_in 'static, with the checks of locks' boot --lockdep

printf '\n== a lock that is taken plainly\n'
status=0
control || status=$?
result "$status" 'a lock that is taken plainly'

all_in 'growing' boot --dynamic --slots 256 --readers 48
all_in 'growing, with the checks of locks' boot --dynamic --lockdep --slots 256 --readers 48
all_in 'static, on arm64' boot --arch arm64
all_in 'instructions' instructions

for other; do
	printf '\n== compiled in %s\n' "$other"
	status=0
	sh kernel-patch/compile.sh "$other" || status=$?
	result "$status" "compiled in $(basename "$other")"
done

echo
echo "boots whose promise ended with a transient pool, which count neither way: $over"
sum_up
