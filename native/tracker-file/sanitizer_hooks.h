/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the compiler calls in a watched tracker before each access to memory, and instead of
 * atomic builtins. A part of watch.c, so that watch() is compiled into each of them.
 */
#ifndef TRACKER_FILE_SANITIZER_HOOKS_H
#define TRACKER_FILE_SANITIZER_HOOKS_H

/*
 * What the compiler would call in the C library. Word by word, so that another CPU can
 * come between two of them.
 */
void *watch_memcpy(void *to, const void *from, size_t size);
void *watch_memmove(void *to, const void *from, size_t size);
void *watch_memset(void *to, int value, size_t size);

#define WORD sizeof(uint64_t)

static void copy_piece(char *to, const char *from, size_t size, const void *caller)
{
	char piece[WORD];

	watch(from, size, ACCESS_READ, caller);
	memcpy(piece, from, size);
	watch(to, size, ACCESS_WRITE, caller);
	memcpy(to, piece, size);
}

static void *copy(char *to, const char *from, size_t size, const void *caller)
{
	for (size_t at = 0; at < size; at += WORD)
		copy_piece(to + at, from + at, size - at < WORD ? size - at : WORD, caller);
	return to;
}

void *watch_memcpy(void *to, const void *from, size_t size)
{
	return copy(to, from, size, __builtin_return_address(0));
}

void *watch_memmove(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;

	if ((uintptr_t)t - (uintptr_t)f >= size)
		return copy(t, f, size, __builtin_return_address(0));
	/* From the end: the beginning of @to lies in @from. */
	for (size_t left = size; left; left--)
		copy_piece(t + left - 1, f + left - 1, 1, __builtin_return_address(0));
	return to;
}

void *watch_memset(void *to, int value, size_t size)
{
	char *t = to;

	for (size_t at = 0; at < size; at += WORD) {
		size_t piece = size - at < WORD ? size - at : WORD;

		watch(t + at, piece, ACCESS_WRITE, __builtin_return_address(0));
		memset(t + at, value, piece);
	}
	return to;
}

/* What newer compilers call instead where they watch: it is the same. */
void *__tsan_memcpy(void *to, const void *from, size_t size) __attribute__((alias("watch_memcpy")));
void *__tsan_memmove(void *to, const void *from, size_t size)
	__attribute__((alias("watch_memmove")));
void *__tsan_memset(void *to, int value, size_t size) __attribute__((alias("watch_memset")));

/*
 * The names are the sanitizer's, and so are the types. What the compiler calls for
 * reading and writing @size bytes at any alignment, volatile or not.
 */
#define HOOK(name, size, kind)                                                                     \
	void __tsan_##name##size(void *p);                                                         \
	void __tsan_##name##size(void *p)                                                          \
	{                                                                                          \
		watch(p, size, kind, __builtin_return_address(0));                                 \
	}

#define HOOKS(alignment, size)                                                                     \
	HOOK(alignment##read, size, ACCESS_READ)                                                   \
	HOOK(alignment##write, size, ACCESS_WRITE)                                                 \
	HOOK(alignment##volatile_read, size, ACCESS_READ_ONCE)                                     \
	HOOK(alignment##volatile_write, size, ACCESS_WRITE_ONCE)

HOOKS(, 1)
HOOKS(, 2)
HOOKS(, 4)
HOOKS(, 8)
HOOKS(, 16)
HOOKS(unaligned_, 2)
HOOKS(unaligned_, 4)
HOOKS(unaligned_, 8)
HOOKS(unaligned_, 16)

void __tsan_read_range(void *p, size_t size);
void __tsan_read_range(void *p, size_t size)
{
	watch(p, size, ACCESS_READ, __builtin_return_address(0));
}

void __tsan_write_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size)
{
	watch(p, size, ACCESS_WRITE, __builtin_return_address(0));
}

/*
 * Atomic builtins, those of C11 included. They are made here, sequentially consistent
 * whatever was asked for: engines know no other order. Only what a store costs hangs
 * on it, which on x86 is a locked instruction if it must be ordered.
 */
#define ATOMIC_FETCH(bits, name)                                                                   \
	uint##bits##_t __tsan_atomic##bits##_fetch_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t v, int order);            \
	uint##bits##_t __tsan_atomic##bits##_fetch_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t v, int order)             \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_ATOMIC, __builtin_return_address(0));                  \
		return __atomic_fetch_##name(p, v, __ATOMIC_SEQ_CST);                              \
	}

#define ATOMIC_EXCHANGE(bits, name)                                                                \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t *old, uint##bits##_t v,   \
							  int order, int failure);                 \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t *old, uint##bits##_t v,   \
							  int order, int failure)                  \
	{                                                                                          \
		return exchange##bits(p, old, v, __builtin_return_address(0), order, failure);     \
	}

#define ATOMIC_HOOKS(bits)                                                                         \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order);    \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order)     \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_READ_ONCE, __builtin_return_address(0));               \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                       \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order); \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order)  \
	{                                                                                          \
		watch(p, sizeof(*p),                                                               \
		      order == __ATOMIC_SEQ_CST ? ACCESS_ATOMIC : ACCESS_WRITE_ONCE,               \
		      __builtin_return_address(0));                                                \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                          \
	}                                                                                          \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *p,                  \
						      uint##bits##_t v, int order);                \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *p,                  \
						      uint##bits##_t v, int order)                 \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_ATOMIC, __builtin_return_address(0));                  \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                \
	}                                                                                          \
	static int exchange##bits(volatile uint##bits##_t *p, uint##bits##_t *old,                 \
				  uint##bits##_t v, const void *from, int order, int failure)      \
	{                                                                                          \
		bool done;                                                                         \
                                                                                                   \
		(void)order;                                                                       \
		(void)failure;                                                                     \
		watch(p, sizeof(*p), ACCESS_EXCHANGE, from);                                       \
		done = __atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST,             \
						   __ATOMIC_SEQ_CST);                              \
		instrument_cmpxchg(done);                                                          \
		return done;                                                                       \
	}                                                                                          \
	ATOMIC_EXCHANGE(bits, strong)                                                              \
	ATOMIC_EXCHANGE(bits, weak)                                                                \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p,      \
								  uint##bits##_t old,              \
								  uint##bits##_t v, int order,     \
								  int failure);                    \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p,      \
								  uint##bits##_t old,              \
								  uint##bits##_t v, int order,     \
								  int failure)                     \
	{                                                                                          \
		exchange##bits(p, &old, v, __builtin_return_address(0), order, failure);           \
		return old;                                                                        \
	}                                                                                          \
	ATOMIC_FETCH(bits, add)                                                                    \
	ATOMIC_FETCH(bits, sub)                                                                    \
	ATOMIC_FETCH(bits, and)                                                                    \
	ATOMIC_FETCH(bits, or)                                                                     \
	ATOMIC_FETCH(bits, xor)                                                                    \
	ATOMIC_FETCH(bits, nand)

ATOMIC_HOOKS(8)
ATOMIC_HOOKS(16)
ATOMIC_HOOKS(32)
ATOMIC_HOOKS(64)

/* Nothing to be seen: there is one order of all accesses, and nobody asks for stacks. */
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
}

void __tsan_func_exit(void *caller);
void __tsan_func_exit(void *caller)
{
}

#endif /* TRACKER_FILE_SANITIZER_HOOKS_H */
