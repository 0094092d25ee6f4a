/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coroutines: stacks of their own on one thread, switched by hand.
 *
 * A switch is a dozen instructions in line, so that the processor's prediction
 * of returns stays in step as far as it can. Under the sanitizers each switch is
 * announced to them. A stack that the processor shadows would not be switched with
 * it: see coroutine_adopt().
 */
#ifndef VIRTUAL_COROUTINE_H
#define VIRTUAL_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "swiotlb-lab: no switch of coroutines for this processor: expected x86-64 or arm64"
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
	void *sp;
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
/**
 * coroutine_adopt() - the calling thread itself, to switch from and back to
 *
 * Turns this thread's shadow stack off, where it has one: the addresses that it
 * holds are those of one stack, and a return on another would be taken for an
 * attack. The thread is one of this laboratory's own.
 *
 * Return: 0, or -ENOTSUP where the shadow stack is locked.
 */
int coroutine_adopt(struct coroutine *co);
/* Neither is running. The stack stays. */
void coroutine_destroy(struct coroutine *co);

/*
 * What a call would keep is kept by the compiler (the clobbers) and by the push
 * of the frame pointer; floating point control words are the same for all. On x86-64 the step over
 * 128 bytes spares what a leaf function keeps below its stack pointer.
 */
static __attribute__((always_inline)) inline void coroutine_swap(struct coroutine *from,
								 struct coroutine *to)
{
#if defined(__x86_64__)
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
#else
	register void **save __asm__("x0") = &from->sp;
	register void *load __asm__("x1") = to->sp;

	/*
	 * There is nothing below the stack pointer to spare. By way of x16 a jump may
	 * land on the beginning of a function, where branch targets are checked.
	 */
	__asm__ __volatile__("stp x29, x30, [sp, #-16]!\n\t"
			     "adr x16, 1f\n\t"
			     "str x16, [sp, #-16]!\n\t"
			     "mov x17, sp\n\t"
			     "str x17, [%[save]]\n\t"
			     "mov sp, %[load]\n\t"
			     "ldr x16, [sp], #16\n\t"
			     "br x16\n\t"
			     "1:\n\t"
			     "hint #36\n\t" /* bti j */
			     "ldp x29, x30, [sp], #16\n\t"
			     : [save] "+r"(save), [load] "+r"(load)
			     :
			     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			       "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22",
			       "x23", "x24", "x25", "x26", "x27", "x28", "v0", "v1", "v2", "v3",
			       "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
			       "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
			       "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "memory",
			       "cc");
#endif
}

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

#endif /* VIRTUAL_COROUTINE_H */
