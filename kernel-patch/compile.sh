#!/bin/sh
# compile.sh KERNEL...: every tracker of the list, the examples, and a file that says each word there is, in
# each kernel's own swiotlb.c, compiled without a warning for x86-64 with a static pool and, where it has
# such, with a growing one, and for arm64; there each takes the memory that `patch` says. KERNEL is a tree or
# a tar. The package must be built. Trackers named in TRACKERS, with commas, are taken instead of all.
set -eu

if [ $# -eq 0 ]; then
	echo 'usage: compile.sh KERNEL...' >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
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

# What is read behind the compilation, in the kernel's own words. One more, as in native/tracker-file/sizes.c.
add_sizes() {
	cat >>"$work/linux/kernel/dma/swiotlb.c" <<-'SIZES'

		char kernel_area_bytes[sizeof(struct io_tlb_area)];
		char kernel_mem_bytes[sizeof(struct tracker_mem) + 1];
		#ifdef tracker_cold
		char kernel_cold_bytes[sizeof(struct tracker_cold) + 1];
		#else
		char kernel_cold_bytes[1];
		#endif
		char kernel_room_bytes[sizeof_field(struct io_tlb_mem, tracker_words)];
	SIZES
}

# size_of KIND NAME: bytes of kernel_NAME_bytes.
size_of() {
	case $1 in
	arm64) nm="aarch64-linux-gnu-nm" ;;
	*) nm="nm" ;;
	esac
	printf '%d' "0x$("$nm" -S "$work/$1/kernel/dma/swiotlb.o" | sed -n "s/^[^ ]* \([^ ]*\) . kernel_$2_bytes\$/\1/p")"
}

# What a kernel of a kind, with a tracker in it, has of memory for it: four numbers.
has() {
	echo "$(size_of "$1" area) $(($(size_of "$1" mem) - 1)) $(($(size_of "$1" cold) - 1)) $(size_of "$1" room)"
}

# The same by what `patch` says of a tracker in a kernel for so many CPUs.
told() {
	node --input-type=module -e '
		const { trackerMemory } = await import(process.argv[1])
		const { area, allocator, roomBytes } = await trackerMemory(process.argv[2])
		const { bytes } = allocator.find(({ cpus }) => cpus === Number(process.argv[3]))
		console.log(area.bytes, bytes, area.allocatedBytes, roomBytes)
	' "$here/../dist/patch/memory.js" "$1" "$2"
}

# configure KIND: its build folder. What a kernel left out of the configuration would not be compiled.
configure() {
	more=
	case $1 in
	growing) more=CONFIG_SWIOTLB_DYNAMIC=y ;;
	# Where machines are described by a device tree.
	arm64) more=CONFIG_DMA_RESTRICTED_POOL=y ;;
	esac
	mkdir "$work/$1"
	cat "$here/guest/kernel.config" - >"$work/$1.config" <<-CONFIG
		$more
	CONFIG
	if ! make_in "$1" KCONFIG_ALLCONFIG="$work/$1.config" allnoconfig; then
		echo "$1: FAILED: this kernel cannot be configured"
		return 1
	fi
	grep '=y$' "$work/$1.config" | grep -vxFf "$work/$1/.config" >"$work/lost" || return 0
	echo "$1: FAILED: this kernel cannot be configured with $(tr '\n' ' ' <"$work/lost")"
	return 1
}

# compiled KIND TRACKER
compiled() {
	exchange "$2"
	tracker=$(basename "$2")
	log=$work/$1-$tracker.log
	if make_in "$1" kernel/dma/swiotlb.o >"$log" 2>&1 && ! grep -q 'swiotlb.*warning:' "$log"; then
		has=$(has "$1")
		told=$(told "$2" "$(sed -n 's/^CONFIG_NR_CPUS=//p' "$work/$1/.config")")
		if [ "$has" = "$told" ]; then
			passed=$((passed + 1))
			echo "$1 $tracker: compiled without a warning, memory as told ($has)"
			return
		fi
		failed=$((failed + 1))
		echo "$1 $tracker: FAILED: memory of an area, an allocator, cold words, the room: $has; told: $told"
		return
	fi
	failed=$((failed + 1))
	echo "$1 $tracker: FAILED"
	grep -E 'error|warning' "$log" >"$work/said" || tail -4 "$log" >"$work/said"
	head -8 "$work/said"
}

passed=0
failed=0
for kernel; do
	find "$work" -mindepth 1 -delete
	if ! node "$lab" patch --tracker "${trackers%% *}" --kernel-source "$kernel" --out "$work/linux"; then
		failed=$((failed + 1))
		echo "$kernel: FAILED: it could not be patched"
		continue
	fi
	add_sizes
	for kind in static growing arm64; do
		if [ "$kind" = growing ] && ! grep -q '^config SWIOTLB_DYNAMIC$' "$work/linux/kernel/dma/Kconfig"; then
			echo 'growing: not compiled, this kernel has no pools that grow'
			continue
		fi
		if ! configure "$kind"; then
			failed=$((failed + 1))
			continue
		fi
		for tracker in $trackers; do
			compiled "$kind" "$tracker"
		done
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
