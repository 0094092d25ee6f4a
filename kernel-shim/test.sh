#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tests the shim with real kernel trees: that they compile, and that the driver refuses bad input with
# one clear line. What the kernel's code itself does is tested in selftest/.
#
#   test.sh KERNEL_DIR...
#
# The last line is "N passed, N failed"; the exit status is 1 when anything failed. A folder with the
# tree's two files is enough.
set -u

[ $# -ge 1 ] || {
	echo "test.sh: expected KERNEL_DIR..." >&2
	exit 2
}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d "$here/.test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
# shellcheck source=kernel-shim/results.sh
. "$here/results.sh"

# The driver leaves with this status, and its words hold this text.
refuses() { # STATUS TEXT LOG
	printf '%b' "$3" | "$work/driver" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq "$1" ] && grep -q -- "$2" "$work/err"
	result $? "driver: $2"
}

driver_tests() { # TREE
	head='#! nslabs=1024 nareas=2 pool=40000000\n'
	if ! sh "$here/build.sh" driver "$1" "$work/driver"; then
		result 1 "$1: build of the driver"
		return
	fi
	refuses 2 'line 1: expected the header' ''
	refuses 2 'line 1: expected the header' 'm 0 1 0 1 0 0\n'
	refuses 2 'line 1: header: unknown .slots=5' '#! slots=5\n'
	refuses 2 'line 1: the pool.s start is not a multiple' '#! nslabs=128 nareas=1 pool=400\n'
	refuses 2 'line 1: header: pool= is missing' '#! nslabs=128 nareas=1\n'
	refuses 2 'line 2: cpu 4294967296, expected' "${head}u 4294967296 1\n"
	refuses 2 "line 2: unknown operation 'x'" "${head}x 1\n"
	refuses 2 'line 2: the last line does not end' "${head}u 0 1"
	refuses 2 'line 2: orig_addr: expected a hexadecimal number' "${head}m 0 1 zz 1 0 0\n"
	refuses 2 'line 2: min_align_mask: expected' "${head}m 0 1 0 1 0\n"
	refuses 2 'line 2: size: expected a decimal' "${head}m 0 1 0 -5 0 0\n"
	refuses 2 'line 2: size 0, expected' "${head}m 0 1 0 0 0 0\n"
	refuses 2 'line 2: alloc_align_mask 5, expected' "${head}m 0 1 0 1 5 0\n"
	refuses 2 'line 2: seg_boundary_mask 3ff, expected' "${head}m 0 1 0 1 0 0 3ff\n"
	refuses 2 'line 2: unmap of id 9, which is not live' "${head}u 0 9\n"
	refuses 2 'line 3: id 1 is live already' "${head}m 0 1 0 1 0 0\nm 0 1 0 1 0 0\n"
	refuses 2 'line 4: unmap of id 1, which' "${head}m 0 1 0 1 0 0\nu 0 1\nu 0 1\n"
	refuses 2 "line 2: 'more' is more than" "${head}u 0 1 more\n"

	printf '%b' "${head}m 3 7 0 4096 0 0\nm 0 8 0 300000 0 0\nu 1 8\nu 1 7\n" |
		"$work/driver" >"$work/out"
	cat >"$work/want" <<-EOF
		# kernel nslabs=1024 nareas=2 pool=40000000
		7 512 2 0 0 0 2 -
		8 -1 0 0 0 0 2 - full 300000 1024 2
		8 u 0 2 -
		7 u 2 0 -
	EOF
	grep -v '^# checksum' "$work/out" | cmp -s - "$work/want"
	result $? "driver: maps, a failed map, unmaps"
	# Two slots are left, none of them where this map may begin; and the search does not begin at
	# such a one. The older search passes its begin by, the newer counts its steps.
	{
		printf '%b' '#! nslabs=512 nareas=4 pool=40000000\nm 0 1 0 258048 0 0\n'
		for id in 2 3 4; do echo "m $((id - 1)) $id 0 262144 0 0"; done
		printf '%b' 'i 0 1\nm 0 5 800 1 0 ffff\n'
	} | "$work/driver" >"$work/out" 2>"$work/err"
	status=$?
	if grep -q slots_checked "$1/kernel/dma/swiotlb.c"; then
		[ $status -eq 0 ] && grep -q '^5 -1 0 .* full 1 512 510$' "$work/out"
		result $? "driver: a search that counts its steps ends"
	else
		[ $status -eq 73 ] && grep -q '^4 384 ' "$work/out" &&
			grep -qx "the kernel's search never ends: 98 looks at 97 slots" "$work/err"
		result $? "driver: a search that never ends is told"
	fi
	# binary: one map of 4096 bytes; zeros up to the fields that matter
	zeros() { head -c "$1" /dev/zero; }
	{
		printf 'KSHIMIN1\000\002' && zeros 6 && printf '\001' && zeros 7
		printf '\000\000\000\100' && zeros 36
		zeros 8 && printf '\007' && zeros 15 && printf '\000\020' && zeros 38
	} >"$work/in"
	"$work/driver" -b <"$work/in" >"$work/out"
	result $? "driver: the binary protocol"
	[ "$(wc -c <"$work/out")" -eq 192 ] &&
		[ "$(od -An -td4 -j64 -N24 "$work/out" | tr -s ' \n' ' ')" = ' 0 2 0 0 0 0 ' ] &&
		[ "$(od -An -td4 -j128 -N4 "$work/out" | tr -d ' ')" = -4 ]
	result $? "driver: a header, a record, a checksum"
	{ cat "$work/in"; zeros 9; } | "$work/driver" -b >"$work/out" 2>"$work/err"
	[ $? -eq 2 ] && grep -q '9 bytes left over' "$work/err"
	result $? "driver: a binary operation that is cut off"
	printf '%b' "$head" | "$work/driver" -r >"$work/out" 2>"$work/err"
	grep -q 'built without CONFIG_DMA_RESTRICTED_POOL' "$work/err"
	result $? "driver: a restricted pool needs its option"
}

build_tests() { # TREE
	mkdir -p "$work/tree/kernel/dma" "$work/tree/include/linux"
	cp "$1/include/linux/swiotlb.h" "$work/tree/include/linux/"
	cp "$1/kernel/dma/swiotlb.c" "$work/tree/kernel/dma/"
	echo 'static int broken(void) { return no_such_word(); }' >>"$work/tree/kernel/dma/swiotlb.c"
	sh "$here/build.sh" library "$work/tree" "$work/lib" 2>"$work/err"
	[ $? -eq 3 ] && grep -q no_such_word "$work/err" && [ ! -e "$work/lib" ]
	result $? "build: what does not compile is told in the compiler's words"
	sh "$here/build.sh" library "$work" "$work/lib" 2>"$work/err"
	[ $? -eq 2 ] && grep -q 'expected a kernel tree' "$work/err"
	result $? "build: a folder that is no kernel tree"
}

for tree; do
	driver_tests "$tree"
	build_tests "$tree"
done
sum_up
