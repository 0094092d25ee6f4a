/* SPDX-License-Identifier: GPL-2.0-only */
/* How the files beside this one read and write their words. */
#ifdef PLAIN
#define LOAD(x) (x)
#define STORE(x, val) ((x) = (val))
#else
#define LOAD(x) READ_ONCE(x)
#define STORE(x, val) WRITE_ONCE(x, val)
#endif

/* Bounded: each retry means that another CPU has raised it. */
#define RAISE(word, val)                                                                           \
	do {                                                                                       \
		long raise_old = atomic_long_read(&(word));                                        \
                                                                                                   \
		while ((val) > raise_old && !atomic_long_try_cmpxchg(&(word), &raise_old, (val)))  \
			;                                                                          \
	} while (0)
