// SPDX-License-Identifier: GPL-2.0-only
/* Stacks of coroutines, and how one is made ready for its first switch. */
#include "engine/virtual/coroutine.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* A map needs some hundred bytes; a signal handler may need some thousand more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (256UL << 10)
#else
#define STACK_BYTES (32UL << 10)
#endif

/* Whatever the colour, so much of it is there. */
#define STACK_ROOM (STACK_BYTES - COROUTINE_COLOURS * COROUTINE_COLOUR_BYTES)

int coroutine_stacks_alloc(unsigned int count, struct coroutine_stacks *stacks)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	size_t each = STACK_BYTES + guard;
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
	char *end = coroutine_stack_top(stacks, number);

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
#ifdef LAB_UCONTEXT
	getcontext(&co->context);
	co->context.uc_stack.ss_sp = end - STACK_ROOM;
	co->context.uc_stack.ss_size = STACK_ROOM;
	co->context.uc_link = NULL;
	makecontext(&co->context, entry, 0);
#else
	void **sp = (void **)(void *)end;

	/* As if called from nowhere: after the pop of @entry the stack is 8 off 16. */
	*--sp = NULL;
	*--sp = (void *)(uintptr_t)entry;
	co->sp = sp;
#endif
}

void coroutine_adopt(struct coroutine *co)
{
	*co = (struct coroutine){ 0 };
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
}

void coroutine_destroy(struct coroutine *co)
{
#if defined(__SANITIZE_THREAD__)
	__tsan_destroy_fiber(co->fiber);
#endif
	*co = (struct coroutine){ 0 };
}
