/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coroutines: stacks of their own on one thread, switched by hand.
 *
 * On x86-64 a switch is a dozen instructions in line, so that the processor's
 * prediction of returns stays in step as far as it can. Elsewhere, and with
 * LAB_UCONTEXT, it is swapcontext(). Under the sanitizers each switch is
 * announced to them.
 */
#ifndef ENGINE_COROUTINE_H
#define ENGINE_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#if !defined(__x86_64__) && !defined(LAB_UCONTEXT)
#define LAB_UCONTEXT
#endif
#ifdef LAB_UCONTEXT
#include <ucontext.h>
#endif

/**
 * struct coroutine - one stack and where it stands
 * @sp: its stack pointer while it does not run
 * @stack: lowest byte of its stack; of a thread's own stack, what the address
 *	sanitizer says
 * @bytes: size of that
 * @fiber: the thread sanitizer's name for it
 */
struct coroutine {
#ifdef LAB_UCONTEXT
	ucontext_t context;
#else
	void *sp;
#endif
#if defined(__SANITIZE_ADDRESS__)
	const void *stack;
	size_t bytes;
#endif
#if defined(__SANITIZE_THREAD__)
	void *fiber;
#endif
};

/**
 * struct coroutine_stacks - the stacks of all coroutines, each with a guard page
 * @memory: one mapping
 * @each: bytes from one stack to the next
 * @count: how many
 */
struct coroutine_stacks {
	char *memory;
	size_t each;
	unsigned int count;
};

/*
 * Stack tops that are all alike modulo a page would fight for the same few sets
 * of the cache, so they are spread over this many steps of two lines.
 */
#define COROUTINE_COLOURS 32
#define COROUTINE_COLOUR_BYTES 128

/* Where the stack of coroutine @number begins; it grows down from there. */
static inline char *coroutine_stack_top(const struct coroutine_stacks *stacks, unsigned int number)
{
	return stacks->memory + (number + 1) * stacks->each -
	       (size_t)(number % COROUTINE_COLOURS) * COROUTINE_COLOUR_BYTES;
}

/* Whether @ptr is in one of the stacks. */
static inline bool coroutine_stacks_hold(const struct coroutine_stacks *stacks,
					 const volatile void *ptr)
{
	return (size_t)((const volatile char *)ptr - stacks->memory) < stacks->each * stacks->count;
}

/* 0 or -ENOMEM. */
int coroutine_stacks_alloc(unsigned int count, struct coroutine_stacks *stacks);
void coroutine_stacks_free(struct coroutine_stacks *stacks);

/**
 * coroutine_create() - a coroutine on stack @number that begins in @entry
 *
 * @entry never returns: it ends by switching away for good. It takes no
 * argument, so it finds what is its own where the switch to it was made from.
 * Its first act is coroutine_entered().
 */
void coroutine_create(struct coroutine *co, const struct coroutine_stacks *stacks,
		      unsigned int number, void (*entry)(void));
/* The calling thread itself, to switch from and back to. */
void coroutine_adopt(struct coroutine *co);
/* Neither is running. The stack stays. */
void coroutine_destroy(struct coroutine *co);

#ifdef LAB_UCONTEXT

static inline void coroutine_swap(struct coroutine *from, struct coroutine *to)
{
	swapcontext(&from->context, &to->context);
}

#else

/*
 * What a call would keep is kept by the compiler (the clobbers) and by the push
 * of rbp; floating point control words are the same for all. The step over 128
 * bytes spares what a leaf function keeps below its stack pointer.
 */
static __attribute__((always_inline)) inline void coroutine_swap(struct coroutine *from,
								 struct coroutine *to)
{
	void **save = &from->sp;
	void *load = to->sp;

	__asm__ __volatile__("leaq -128(%%rsp), %%rsp\n\t"
			     "pushq %%rbp\n\t"
			     "leaq 1f(%%rip), %%rax\n\t"
			     "pushq %%rax\n\t"
			     "movq %%rsp, (%[save])\n\t"
			     "movq %[load], %%rsp\n\t"
			     "popq %%rax\n\t"
			     "jmp *%%rax\n\t"
			     "1:\n\t"
			     "endbr64\n\t"
			     "popq %%rbp\n\t"
			     "leaq 128(%%rsp), %%rsp\n\t"
			     : [save] "+D"(save), [load] "+S"(load)
			     :
			     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13",
			       "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
			       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
			       "xmm15", "memory", "cc");
}

#endif /* LAB_UCONTEXT */

/* First thing in an entry: what the sanitizers want to hear. */
static inline void coroutine_entered(void)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}

/* Leave @from, which may be switched to again later, for @to. */
static __attribute__((always_inline)) inline void coroutine_switch(struct coroutine *from,
								   struct coroutine *to)
{
#if defined(__SANITIZE_ADDRESS__)
	void *fake;

	__sanitizer_start_switch_fiber(&fake, to->stack, to->bytes);
#endif
#if defined(__SANITIZE_THREAD__)
	/* One thread: what one coroutine did happened before what the next does. */
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
	coroutine_swap(from, to);
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#endif
}

/*
 * Leave a coroutine for good: nothing may switch back to it. Not marked as never
 * returning, because the address sanitizer then looks for this thread's stack
 * where the coroutine's is.
 */
static inline void coroutine_leave(struct coroutine *from, struct coroutine *to)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(NULL, to->stack, to->bytes);
#endif
#if defined(__SANITIZE_THREAD__)
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
	coroutine_swap(from, to);
}

#endif /* ENGINE_COROUTINE_H */
