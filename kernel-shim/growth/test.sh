#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tries the growth of a kernel's allocator, and of the port, with threads (README.md says what is
# tried), and plants faults in both that the same checks must find.
#
#   test.sh [KERNEL_DIR|ARCHIVE] [-k]
#
# ARCHIVE is a .tar.xz whose one folder is a kernel tree. -k keeps the programs, and says where.
# The compiler is CC, or cc. The last line is "N passed, N failed"; exit status: 0, 1 when anything
# failed, 2 wrong use, 77 when there is nothing to try.
set -u

archive=/usr/src/linux-source-6.12.tar.xz
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
native=$here/../../native
tree=${1:-$archive}
if [ $# -gt 2 ] || [ "${2:--k}" != -k ]; then
	echo "test.sh: expected [KERNEL_DIR|ARCHIVE] [-k]" >&2
	exit 2
fi
if [ ! -e "$tree" ]; then
	if [ $# -gt 0 ]; then
		echo "test.sh: $tree: not there; expected a kernel tree, or the archive of one" >&2
		exit 2
	fi
	echo "skipped: no $tree; it is in the package linux-source-6.12"
	exit 77
fi
CC=${CC:-cc}
work=$(mktemp -d) || exit 1
if [ "${2:-}" = -k ]; then
	echo "the programs are in $work"
else
	trap 'rm -rf "$work"' EXIT
	trap 'exit 2' HUP INT TERM
fi

sanitizer='-O1 -g -fno-omit-frame-pointer -fsanitize=thread'
# gcc warns of fences, which its sanitizer does not see: nothing relies on one being seen.
sanitizer="$sanitizer -Wno-unknown-warning-option -Wno-tsan"
echo 'int main(void) { return 0; }' >"$work/probe.c"
# shellcheck disable=SC2086
if ! "$CC" $sanitizer "$work/probe.c" -o "$work/probe" 2>/dev/null || ! "$work/probe"; then
	echo "skipped: $CC makes no program with the thread sanitizer that runs here"
	exit 77
fi

if [ ! -d "$tree" ]; then
	tar -xJf "$tree" -C "$work" --strip-components=1 --wildcards \
		'*/kernel/dma/swiotlb.c' '*/include/linux/swiotlb.h' || exit 2
	tree=$work
fi
if ! grep -q transient_nslabs "$tree/include/linux/swiotlb.h"; then
	echo "skipped: $tree: no count of transient slots; expected Linux 6.10 or later"
	exit 77
fi

# shellcheck source=kernel-shim/results.sh
. "$here/../results.sh"

tried() { # STATUS NAME: a result, with what was said where it failed
	result "$1" "$2"
	[ "$1" -eq 0 ] || head -n 40 "$work/out"
}

kernel() { # OUTPUT TREE [FLAG...]
	output=$1 from=$2
	shift 2
	# The sanitizer's words are in the program that loads the library.
	CFLAGS="$sanitizer -Wl,-z,undefs $*" sh "$here/../build.sh" growth "$from" "$work/$output.so" \
		DEBUG_FS SWIOTLB_DYNAMIC
}

port() { # OUTPUT [FLAG...]
	output=$1
	shift
	# shellcheck disable=SC2086
	"$CC" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -fno-strict-aliasing -fno-strict-overflow -fPIC \
		-fvisibility=hidden $sanitizer -shared "-I$native" "-I$here/.." "$@" \
		"$here/port.c" "$native/rcu.c" "$native/instrument.c" "$native/engine/worker.c" \
		"$native/engine/pinned_threads.c" -o "$work/$output.so" -pthread
}

# The tree with one line changed: a fault that is not there is not found, and that is a failure.
changed() { # OUTPUT SED_PROGRAM
	mkdir -p "$work/$1/kernel/dma" "$work/$1/include/linux"
	cp "$tree/include/linux/swiotlb.h" "$work/$1/include/linux/"
	sed "$2" "$tree/kernel/dma/swiotlb.c" >"$work/$1/kernel/dma/swiotlb.c"
	! cmp -s "$tree/kernel/dma/swiotlb.c" "$work/$1/kernel/dma/swiotlb.c" && kernel "$1" "$work/$1"
}

build_all() {
	# shellcheck disable=SC2086
	"$CC" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter $sanitizer "-I$here/.." "$here/run.c" \
		"$here/script.c" -o "$work/run" -pthread &&
		kernel kernel "$tree" && kernel preemptible "$tree" -DSHIM_PREEMPTIBLE && port port
}

try() { # SANITIZER_OPTIONS RUN_ARGUMENT...
	options=$1
	shift
	(cd "$work" && TSAN_OPTIONS=$options ./run "$@") >"$work/out" 2>&1
}

# What the run said, and which of the known races it met.
tell() { # SUPPRESSIONS
	sed -n 's/^\.\//     /p; s/^[0-9]* race_top:\(.*\)/     race of the kernel, known: \1/p' "$work/out"
	sed -n 's/^race_top://p' "$1" | while read -r name; do
		grep -q "race_top:$name\$" "$work/out" || echo "     not met this time: the race of $name"
	done
}

# Found within 16 rounds, in words like these, where the unchanged code has nothing to find.
finds() { # LIBRARY WORDS NAME
	try "halt_on_error=1 suppressions='$here/known.supp'" -r 16 "./$1.so"
	status=$?
	[ $status -ne 0 ] && grep -Eq "$2" "$work/out"
	tried $? "found: $3"
}

if ! build_all >"$work/out" 2>&1; then
	tried 1 "the programs are built"
	sum_up
	exit 1
fi

# Both ends with the same scripts: the counters agree, and there is no race but the known ones.
try "print_suppressions=1 suppressions='$here/known.supp'" -r 8 ./kernel.so ./port.so
tried $? "the counters of both ends agree"
tell "$here/known.supp"

# In a kernel that preempts: what preemptible.supp says, and what comes of it, but nothing else.
cat "$here/known.supp" "$here/preemptible.supp" >"$work/both.supp"
try "print_suppressions=1 suppressions='$work/both.supp'" -r 4 ./preemptible.so
status=$?
[ $status -eq 0 ] || {
	[ $status -eq 1 ] && grep -q 'io_tlb_transient_nslabs is' "$work/out" &&
		! grep -q 'WARNING: ThreadSanitizer' "$work/out"
}
tried $? "with preemption, only io_tlb_transient_nslabs may be wrong"
tell "$work/both.supp"

races='ThreadSanitizer: (data race|heap-use-after-free|SEGV)'
fault() { # WORDS NAME COMMAND...
	words=$1 name=$2
	shift 2
	"$@" >"$work/out" 2>&1 || {
		tried 1 "planted: $name"
		return
	}
	finds "$2" "$words" "$name"
}
fault "$races" 'kernel: pools are freed without a grace period' \
	kernel early "$tree" -DFAULT_NO_GRACE_PERIOD
fault "$races" 'kernel: the list of transient pools without its lock' \
	changed unlocked '/spin_\(un\)\{0,1\}lock_irq[a-z]*(&dev->dma_io_tlb_lock/d'
fault 'io_tlb_used(_hiwater)? is' 'kernel: the slots of a transient pool stay used' \
	changed staying '/dec_used(dev->dma_io_tlb_mem, pool->nslabs);/d'
fault 'io_tlb_transient_nslabs is' 'kernel: a transient pool is never gone' \
	changed lasting '/dec_transient_used(dev->dma_io_tlb_mem, pool->nslabs);/d'
fault 'io_tlb_nslabs is' 'kernel: a grown pool is left out of the total' \
	changed forgotten 's/mem->nslabs += pool->nslabs;/mem->nslabs += pool->start == 0x40000000 ? pool->nslabs : 0;/'
fault 'io_tlb_used_hiwater is' 'kernel: the mark is raised too late' \
	changed late 's/new_used <= old_hiwater/new_used <= old_hiwater + 300/'
fault "$races" 'port: pools are freed without a grace period' \
	port port-early -DFAULT_NO_GRACE_PERIOD
fault "$races" 'port: the growth work takes no lock' \
	port port-unlocked -DFAULT_WORK_WITHOUT_LOCK
fault 'io_tlb_used(_hiwater)? is' 'port: the slots of a transient pool stay used' \
	port port-staying -DFAULT_TRANSIENT_STAYS_USED

sum_up
