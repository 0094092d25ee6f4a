#!/bin/sh
# compile.sh KERNEL: every tracker of the list, the examples, and a file that says each word there is, in
# a kernel's own swiotlb.c, compiled without a warning for x86-64 with a static and with a growing pool,
# and for arm64. KERNEL is a tree or a tar. The package must be built. Trackers named in TRACKERS, with
# commas, are taken instead of all.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernel=$1
lab=$here/../dist/cli/main.js
jobs=$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/swiotlb-lab-compile-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

all=$(node --input-type=module -e '
	const { kernelTrackers } = await import(process.argv[1])
	console.log(kernelTrackers.join(" "))
' "$here/../dist/patch/files.js")
files="$here/../examples/per-cpu.h $here/../examples/sum-on-map.h $here/../test/data/trackers/every-word.h"
trackers=$(echo "${TRACKERS:-$all $files}" | tr ',' ' ')

# make_in KIND TARGETS...: in the build folder of a kind, with its compiler.
make_in() {
	kind=$1
	shift
	case $kind in
	arm64) set -- ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "$@" ;;
	*) set -- ARCH=x86_64 "$@" ;;
	esac
	make -s -C "$work/linux" O="$work/$kind" -j"$jobs" "$@"
}

# The first one comes with the tree, the others are exchanged in it.
exchange() {
	node --input-type=module -e '
		const { exchangeTracker } = await import(process.argv[1])
		exchangeTracker(process.argv[2], process.argv[3], false)
	' "$here/../dist/patch/patch.js" "$work/linux" "$1"
}

passed=0
failed=0
# shellcheck disable=SC2086 # a list of words
set -- $trackers
node "$lab" patch --tracker "$1" --kernel-source "$kernel" --out "$work/linux"
for kind in static growing arm64; do
	dynamic=n
	[ "$kind" = growing ] && dynamic=y
	mkdir "$work/$kind"
	cat "$here/guest/kernel.config" - >"$work/$kind.config" <<-CONFIG
		CONFIG_SWIOTLB_DYNAMIC=$dynamic
	CONFIG
	make_in "$kind" KCONFIG_ALLCONFIG="$work/$kind.config" allnoconfig
	for tracker; do
		exchange "$tracker"
		tracker=$(basename "$tracker")
		log=$work/$kind-$tracker.log
		if make_in "$kind" kernel/dma/swiotlb.o >"$log" 2>&1 && ! grep -q 'swiotlb.*warning:' "$log"; then
			passed=$((passed + 1))
			echo "$kind $tracker: compiled without a warning"
		else
			failed=$((failed + 1))
			echo "$kind $tracker: FAILED"
			grep -E 'error|warning' "$log" >"$work/said" || tail -4 "$log" >"$work/said"
			head -8 "$work/said"
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
