#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compile the swiotlb of a kernel tree, unmodified, against the shim headers.
#
#   build.sh driver|library|selftest|growth KERNEL_DIR OUTPUT [CONFIG...]
#
# selftest is a program of tests: SELFTEST names the folder of its main.c, OBJECTS what else it is
# made of (selftest/Makefile). growth is a library that does what the kernel puts off on threads of its own (growth/).
# CONFIG is a kernel option without its prefix (DEBUG_FS, SWIOTLB_DYNAMIC, DMA_RESTRICTED_POOL), or
# a word of the boot parameter: track_hiwater.
# CC and CFLAGS (added at the end) are taken from the environment.
# Exit: 0 built, 2 wrong use or not such a tree, 3 the compiler refused it (its words on stderr).
set -eu

fail() {
	echo "build.sh: $*" >&2
	exit 2
}

[ $# -ge 3 ] || fail "expected: driver|library|selftest|growth KERNEL_DIR OUTPUT [CONFIG...]"
what=$1 tree=$2 output=$3
shift 3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ -d "$tree" ] || fail "$tree: no such folder"
tree=$(CDPATH='' cd -- "$tree" && pwd)
source=$tree/kernel/dma/swiotlb.c
header=$tree/include/linux/swiotlb.h
for file in "$source" "$header"; do
	[ -r "$file" ] || fail "$file: not there; expected a kernel tree"
done
grep -q 'struct io_tlb_area' "$source" ||
	fail "$source: no areas (struct io_tlb_area); expected Linux 6.0 or later"

boot=
defines='-DCONFIG_SWIOTLB=1 -DCONFIG_64BIT=1 -DCONFIG_SMP=1'
defines="$defines -DCONFIG_ZONE_DMA=1 -DCONFIG_ZONE_DMA32=1"
# The size of the pool, where a tree leaves it to the configuration: that of the others.
defines="$defines -DCONFIG_SWIOTLB_DEFAULT_SIZE_MB=64"
for config in "$@"; do
	case $config in
	DEBUG_FS | SWIOTLB_DYNAMIC | DMA_RESTRICTED_POOL) ;;
	track_hiwater)
		grep -q '"track_hiwater"' "$source" || fail "$source: does not know track_hiwater"
		boot=,track_hiwater
		continue
		;;
	*) fail "$config: expected DEBUG_FS, SWIOTLB_DYNAMIC, DMA_RESTRICTED_POOL or track_hiwater" ;;
	esac
	grep -q "CONFIG_$config" "$source" || fail "$source: does not know CONFIG_$config"
	defines="$defines -DCONFIG_$config=1"
done

# What this tree has. Everything else that differs is found out by the compiler.
has() {
	if grep -Eq "$2" "$3"; then
		defines="$defines -D$1"
	fi
}
has SHIM_HAVE_POOLS '^struct io_tlb_pool [{]' "$header"
has SHIM_HAVE_PAD_SLOTS '^[[:space:]]+unsigned (short|int) pad_slots;' "$source"
has SHIM_HAVE_COUNTERS '^[[:space:]]+atomic_long_t (total_used|used_hiwater);' "$header"
has SHIM_STATIC_MEM '^static struct io_tlb_mem io_tlb_default_mem' "$source"
has SHIM_HAVE_TRACK_HIWATER '^static bool track_hiwater_enabled' "$source"
has SHIM_HAVE_CC '^[[:space:]]+bool cc_shared;' "$header"
has SHIM_USED_ON_STACK 'debugfs_create_ulong[(]"io_tlb_used"' "$source"

configuration=$*
link=
kernel=$here/kernel.c deferred=$here/host/deferred.c first=$here/include
set --
case $what in
driver)
	set -- "$here/driver.c" "$here/execute.c" "$here/data.c" "$here/text.c" \
		"$here/ids.c" "$here/host/search.c"
	defines="$defines -DSHIM_WATCH_SEARCH"
	;;
library) link=-shared ;;
selftest)
	kernel=$SELFTEST/main.c
	# shellcheck disable=SC2086
	set -- "$here/host/search.c" $OBJECTS
	first=$SELFTEST
	defines="$defines -DSHIM_WATCH_SEARCH -DSHIM_IRQ_HOOK -I$here"
	;;
growth)
	link=-shared
	set -- "$here/../native/rcu.c"
	kernel=$here/growth/kernel.c deferred=$here/growth/deferred.c first=$here/growth/include
	;;
*) fail "$what: expected driver, library, selftest or growth" ;;
esac

part=$output.$$.part
trap 'rm -f "$part"' EXIT
trap 'exit 2' HUP INT TERM
# The kernel's own language: signed overflow wraps, pointers may alias, signs of pointers differ. A
# word that the shim headers do not have is an error, not a guess.
# shellcheck disable=SC2086
"${CC:-cc}" -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -D_GNU_SOURCE \
	-fno-strict-aliasing -fno-strict-overflow -fno-common -Wno-pointer-sign \
	-Werror=implicit-function-declaration -Werror=implicit-int -Werror=int-conversion \
	-Werror=incompatible-pointer-types -Wl,-z,defs \
	-I"$first" -I"$here/include" $defines \
	-DKERNEL_SWIOTLB_C="\"$source\"" -DKERNEL_SWIOTLB_H="\"$header\"" \
	-DSHIM_CONFIGURATION="\"$configuration\"" -DSHIM_BOOT_WORDS="\"$boot\"" \
	"$kernel" "$here/host/memory.c" "$here/host/log.c" "$here/host/files.c" "$deferred" \
	"$@" ${CFLAGS:-} $link -o "$part" -pthread || exit 3
mv -- "$part" "$output"
