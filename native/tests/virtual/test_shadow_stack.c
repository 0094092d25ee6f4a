// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread with a shadow stack switches coroutines all the same: its shadow stack
 * goes, or, where it is locked, nothing is run. Turned on by hand here, from a
 * function that never returns: the C library marks few programs so.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "virtual/schedule/schedule.h"

#if defined(__x86_64__)
#define ARCH_SHSTK_ENABLE 0x5001
#define ARCH_SHSTK_LOCK 0x5003
#define ARCH_SHSTK_SHSTK 1UL

/* In line: on the new shadow stack there is no address to return to. */
static inline __attribute__((always_inline)) long shadow(long what)
{
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a"(ret)
			     : "0"(SYS_arch_prctl), "D"(what), "S"(ARCH_SHSTK_SHSTK)
			     : "rcx", "r11", "memory");
	return ret;
}
#endif

int main(int argc, char **argv)
{
#if defined(__x86_64__)
	struct schedule_runner *runner;

	if (shadow(ARCH_SHSTK_ENABLE))
		SKIP("this processor or kernel has no shadow stacks");
	/* Called by itself with an argument: locked. */
	if (argc > 1) {
		shadow(ARCH_SHSTK_LOCK);
		CHECK_EQ(schedule_runner_create(&runner), -ENOTSUP);
		exit(0);
	}
	CHECK_EQ(schedule_runner_create(&runner), 0);
	schedule_runner_destroy(runner);
	execl("/proc/self/exe", "test_shadow_stack", "locked", (char *)NULL);
	CHECK(!"executed again");
#else
	SKIP("shadow stacks are turned on by hand on x86-64 only");
#endif
}
