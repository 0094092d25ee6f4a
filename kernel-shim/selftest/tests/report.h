/* SPDX-License-Identifier: GPL-2.0-only */
/* Results as kselftest prints them (KTAP), and what was asked for on the command line. */
#ifndef SELFTEST_REPORT_H
#define SELFTEST_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct options - what a program was told
 * @program: its name, to tell how it is run again
 * @seed: of all random operations
 * @operations: how many of them each random test does
 */
struct options {
	const char *program;
	uint64_t seed;
	uint64_t operations;
};

extern struct options options;

/**
 * take_option() - read one argument of --seed N and --operations N
 * @argv: the arguments
 * @i: the one to read; moved to its value
 *
 * Return: %false for any other argument. Ends the program with 2 where N is no number.
 */
bool take_option(char **argv, int *i);

void report_begin(void);
/* What the following results are about; the words in front of them. */
void report_group(const char *name);
/* One result. */
__attribute__((format(printf, 2, 3))) void test(bool holds, const char *fmt, ...);
/* What cannot be tried here, and why. */
__attribute__((format(printf, 1, 2))) void skip(const char *fmt, ...);
/* More about the result to come. */
__attribute__((format(printf, 1, 2))) void note(const char *fmt, ...);
/* Return: the exit status, 1 where a test failed. */
int report_end(void);

#endif /* SELFTEST_REPORT_H */
