// SPDX-License-Identifier: GPL-2.0-only
/* Stacks of coroutines, and how one is made ready for its first switch. */
#include "virtual/coroutine.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A map needs some hundred bytes; a signal handler may need some thousand more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (256UL << 10)
#else
#define STACK_BYTES (32UL << 10)
#endif

int coroutine_stacks_alloc(unsigned int count, struct coroutine_stacks *stacks)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	/* Pages may be larger than a stack. */
	size_t each = (STACK_BYTES + guard - 1) / guard * guard + guard;
	char *memory = mmap(NULL, each * count, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*stacks = (struct coroutine_stacks){ 0 };
	if (memory == MAP_FAILED)
		return -ENOMEM;
	*stacks = (struct coroutine_stacks){ memory, each, count };
	for (unsigned int i = 0; i < count; i++) {
		if (mprotect(memory + i * each, guard, PROT_NONE)) {
			coroutine_stacks_free(stacks);
			return -ENOMEM;
		}
	}
	return 0;
}

void coroutine_stacks_free(struct coroutine_stacks *stacks)
{
	if (!stacks->memory)
		return;
#if defined(__SANITIZE_ADDRESS__)
	/* Coroutines that were left in the middle have frames marked there. */
	__asan_unpoison_memory_region(stacks->memory, stacks->each * stacks->count);
#endif
	munmap(stacks->memory, stacks->each * stacks->count);
	*stacks = (struct coroutine_stacks){ 0 };
}

void coroutine_create(struct coroutine *co, const struct coroutine_stacks *stacks,
		      unsigned int number, void (*entry)(void))
{
	void **sp = (void **)(void *)coroutine_stack_top(stacks, number);

	*co = (struct coroutine){ 0 };
#if defined(__SANITIZE_ADDRESS__)
	co->stack = stacks->memory + (number + 1) * stacks->each - STACK_BYTES;
	co->bytes = STACK_BYTES;
	/* Where one was left in the middle, its frames are still marked. */
	__asan_unpoison_memory_region(co->stack, co->bytes);
#endif
#if defined(__SANITIZE_THREAD__)
	co->fiber = __tsan_create_fiber(0);
#endif
	/*
	 * As if called from nowhere. After the pop of @entry, x86-64 wants the stack 8
	 * off 16; arm64 pops both words, and wants it at 16.
	 */
	*--sp = NULL;
	*--sp = (void *)(uintptr_t)entry;
	co->sp = sp;
}

#if defined(__x86_64__)

/* From asm/prctl.h, which older headers lack. */
#define ARCH_SHSTK_DISABLE 0x5002
#define ARCH_SHSTK_SHSTK 1

static bool has_shadow_stack(void)
{
	uint64_t ssp = 0;

	/* rdsspq, which does nothing where there is none; older assemblers lack it. */
	__asm__ __volatile__(".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : "+a"(ssp));
	return ssp != 0;
}

static bool drop_shadow_stack(void)
{
	return !syscall(SYS_arch_prctl, ARCH_SHSTK_DISABLE, ARCH_SHSTK_SHSTK);
}

#else

/* From linux/prctl.h, which older headers lack. */
#define PR_SET_SHADOW_STACK_STATUS 75

static bool has_shadow_stack(void)
{
	register uint64_t feature __asm__("x16") = 1;

	/* chkfeat: a hint that older processors skip; it clears the bit of what is on. */
	__asm__ __volatile__("hint #40" : "+r"(feature));
	return feature == 0;
}

static bool drop_shadow_stack(void)
{
	return !prctl(PR_SET_SHADOW_STACK_STATUS, 0, 0, 0, 0);
}

#endif

int coroutine_adopt(struct coroutine *co)
{
	*co = (struct coroutine){ 0 };
	if (has_shadow_stack() && !drop_shadow_stack())
		return -ENOTSUP;
#if defined(__SANITIZE_ADDRESS__)
	pthread_attr_t attr;
	void *stack;

	if (!pthread_getattr_np(pthread_self(), &attr)) {
		pthread_attr_getstack(&attr, &stack, &co->bytes);
		co->stack = stack;
		pthread_attr_destroy(&attr);
	}
#endif
#if defined(__SANITIZE_THREAD__)
	co->fiber = __tsan_get_current_fiber();
#endif
	return 0;
}

void coroutine_destroy(struct coroutine *co)
{
#if defined(__SANITIZE_THREAD__)
	__tsan_destroy_fiber(co->fiber);
#endif
	*co = (struct coroutine){ 0 };
}
