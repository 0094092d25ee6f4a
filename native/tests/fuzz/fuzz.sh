#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fuzz the allocator with libFuzzer, from the inputs of corpus/ on. Needs clang.
#
#   fuzz.sh [SECONDS]        60 by default
#
# CLANG names the compiler. New inputs are kept in build-fuzz/found; an input that breaks the
# property is written to build-fuzz/broken-*, and said. Exit: 0 nothing found, 1 found,
# 2 wrong use, 77 no clang.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd)
build=$root/build-fuzz
corpus=$root/native/tests/fuzz/corpus
clang=${CLANG:-clang}

seconds=${1:-60}
case $seconds in
'' | *[!0-9]*) echo "fuzz.sh: expected seconds, not '$seconds'" >&2; exit 2 ;;
esac
command -v "$clang" >/dev/null || {
	echo "skipped: no $clang in PATH; fuzzing takes clang and its libFuzzer"
	exit 77
}

mkdir -p "$build/found"
cd "$root"
# The plain allocators only: nobody runs the instrumented ones here.
node native/sources.cjs >/dev/null
plain='' absent=''
for instance in native/instances/*.c; do
	id=$(basename "$instance" .c)
	case $id in
	*_instrumented) absent="$absent -Wl,--defsym=swiotlb_${id}_ops=0" ;;
	*) plain="$plain $instance" ;;
	esac
done
# shellcheck disable=SC2086
"$clang" -std=gnu11 -O1 -gline-tables-only -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -Inative native/tests/fuzz/fuzz_log.c native/rcu.c \
	native/instrument.c native/spin_wait.c native/engine/clock.c \
	native/trackers/registry.c $plain $absent -o "$build/fuzz_log" -pthread
"$build/fuzz_log" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=2048 \
	-print_final_stats=1 -artifact_prefix="$build/broken-" "$build/found" "$corpus" \
	>"$build/log" 2>&1 || {
	grep -v '^#' "$build/log" | tail -40
	echo "fuzz.sh: the property is broken; the input is above"
	exit 1
}
grep -E '^(stat::number_of_executed_units|Done)' "$build/log"
