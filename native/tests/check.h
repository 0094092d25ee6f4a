/* SPDX-License-Identifier: GPL-2.0-only */
/* What a C test checks with. The first check that does not hold ends the test with 1. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond);   \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* Whole numbers of any type; both are printed when they differ. */
#define CHECK_EQ(got, want)                                                                        \
	do {                                                                                       \
		const int64_t __got = (int64_t)(got), __want = (int64_t)(want);                    \
                                                                                                   \
		if (__got != __want) {                                                             \
			fprintf(stderr, "%s:%d: %s is %" PRId64 ", expected %" PRId64 "\n",        \
				__FILE__, __LINE__, #got, __got, __want);                          \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* A text that names what is broken, or NULL. */
#define CHECK_SOUND(text)                                                                          \
	do {                                                                                       \
		const char *__text = (text);                                                       \
                                                                                                   \
		if (__text) {                                                                      \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, __text);                \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* The test cannot be made here; ctest shows it as skipped, with the reason. */
#define SKIP(reason)                                                                               \
	do {                                                                                       \
		printf("skipped: %s\n", (reason));                                                 \
		exit(77);                                                                          \
	} while (0)

#endif /* TESTS_CHECK_H */
