#!/bin/sh
# What the ordered words of kernel.h are on arm64: with LSE one instruction that acquires and
# releases, without it a loop with a full barrier behind it, and else the compiler's helper that asks
# the processor which.
#
#   order.sh COMPILER
#
# Exit: 0 they are, 1 one is not, with its code.
set -u

cd "$(dirname -- "$0")/../.." || exit 1
source='#include "kernel.h"
long add(atomic_long_t *v, long i) { return atomic_long_add_return(i, v); }
bool exchange(atomic_long_t *v, long *old, long new) { return atomic_long_try_cmpxchg(v, old, new); }
void barrier(void) { smp_mb(); }'
status=0

# expect FLAGS FUNCTION PATTERN: the function's code, on one line, matches.
expect() {
	code=$(printf '%s\n' "$source" |
		"$compiler" -x c -std=gnu11 -D_GNU_SOURCE -O2 -I. $1 -S -o - - |
		sed -n "/^$2:/,/\.size	$2/p" | tr '\n\t' '  ')
	case $code in
	$3) echo "$2 $1: as expected" ;;
	*)
		echo "$2 $1: expected $3, not: $code"
		status=1
		;;
	esac
}

compiler=$1
for instrumented in '' -DLAB_INSTRUMENTED; do
	expect "-march=armv8-a -mno-outline-atomics $instrumented" add '*ldxr*stlxr*dmb ish*'
	expect "-march=armv8-a -mno-outline-atomics $instrumented" exchange '*ldxr*stlxr*dmb ish*'
	expect "-march=armv8.1-a $instrumented" add '*ldaddal*'
	expect "-march=armv8.1-a $instrumented" exchange '*casal*'
	expect "-moutline-atomics $instrumented" add '*bl __aarch64_ldadd8_sync*'
	expect "-moutline-atomics $instrumented" exchange '*bl __aarch64_cas8_sync*'
	expect "$instrumented" barrier '*dmb ish*'
done
exit $status
