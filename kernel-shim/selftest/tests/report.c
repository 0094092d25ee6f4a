// SPDX-License-Identifier: GPL-2.0-only
/* KTAP: a line for each test, the plan behind them, and kselftest's line of totals. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1
#define OPERATIONS 20000

struct options options = { .program = "", .seed = SEED, .operations = OPERATIONS };

static const char *group = "";
static unsigned int passed, failed, skipped;

static uint64_t whole_number(const char *name, const char *text)
{
	char *end = NULL;
	uint64_t n = 0;

	errno = 0;
	if (text && *text >= '0' && *text <= '9')
		n = strtoull(text, &end, 10);
	if (!end || *end || errno) {
		fprintf(stderr, "%s: %s: expected a whole number, not '%s'\n", options.program,
			name, text ? text : "");
		exit(2);
	}
	return n;
}

bool take_option(char **argv, int *i)
{
	const char *name = argv[*i];
	uint64_t *value = !strcmp(name, "--seed")	? &options.seed :
			  !strcmp(name, "--operations") ? &options.operations :
							  NULL;

	if (!value)
		return false;
	*value = whole_number(name, argv[*i + 1]);
	(*i)++;
	return true;
}

void report_begin(void)
{
	/* What a sanitizer says of a program that it ends comes behind what was printed before. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("KTAP version 1");
}

void report_group(const char *name)
{
	group = name;
}

static void result(const char *word, const char *fmt, va_list ap)
{
	printf("%s %u %s: ", word, passed + failed + skipped, group);
	vprintf(fmt, ap);
}

void test(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (holds)
		passed++;
	else
		failed++;
	va_start(ap, fmt);
	result(holds ? "ok" : "not ok", fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!holds)
		printf("# again: %s --seed %" PRIu64 " --operations %" PRIu64 " %s\n",
		       options.program, options.seed, options.operations, group);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	printf("ok %u %s # SKIP ", passed + failed + ++skipped, group);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

int report_end(void)
{
	printf("1..%u\n", passed + failed + skipped);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n", passed, failed,
	       skipped);
	return failed ? 1 : 0;
}
