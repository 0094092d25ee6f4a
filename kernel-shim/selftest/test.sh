#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs a folder that export-selftest has made: with each kernel tree every test must hold, and of the
# known issues those must be seen that such a tree has; then the trackers.
#
#   test.sh FOLDER KERNEL_DIR...
#
# The last line is "N passed, N failed"; the exit status is 1 when anything failed.
set -u

[ $# -ge 2 ] || {
	echo "test.sh: expected FOLDER KERNEL_DIR..." >&2
	exit 2
}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$1
shift
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
# shellcheck source=kernel-shim/results.sh
. "$here/../results.sh"

# All tests of a target hold, and there are some.
holds() { # NAME TARGET [VARIABLE=VALUE]
	name=$1
	shift
	make --no-print-directory -C "$folder" "$@" >"$work/out" 2>&1
	status=$?
	[ $status -eq 0 ] || grep -v '^ *ok ' "$work/out"
	[ $status -eq 0 ] && grep -Eqx '[1-9][0-9]* passed, 0 failed' "$work/out"
	result $? "$name: $(tail -n 1 "$work/out")"
}

known_issues() { # TREE
	make -s -C "$folder" known KERNEL="$1" >"$work/out" 2>&1
	seen=$(sed -n 's/^\([a-z-]*\): seen.*/\1/p' "$work/out" | sort | xargs)
	if grep -q pad_slots "$1/kernel/dma/swiotlb.c"; then
		wanted='behind-slots mark-above-pool missed-slot transient-size unserved'
	elif grep -q SWIOTLB_DYNAMIC "$1/kernel/dma/swiotlb.c"; then
		wanted='behind-slots beyond-end late-zero mark-above-pool restricted-list unserved'
	else
		wanted='behind-slots beyond-end endless-search small-areas'
	fi
	[ "$seen" = "$wanted" ] || cat "$work/out"
	[ "$seen" = "$wanted" ]
	result $? "$1: known issues: $seen"
}

for tree; do
	tree=$(CDPATH='' cd -- "$tree" && pwd) || exit 2
	holds "$tree" kernel KERNEL="$tree"
	known_issues "$tree"
done
holds trackers trackers-run
sum_up
