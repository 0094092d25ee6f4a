// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the kernel's swiotlb in user space. kernel.c includes the kernel's own
 * kernel/dma/swiotlb.c, unmodified, and is included here.
 *
 *   PROGRAM [--seed N] [--operations N] [GROUP...]
 *   PROGRAM --known [NAME]	what is known to be wrong, and whether this tree shows it
 *
 * Exit: 0 all tests passed, 1 some did not, 2 wrong use.
 */
#include "kernel.c"

#include "tests/tests.h"

const struct tree tree = {
#ifdef SHIM_HAVE_PAD_SLOTS
	.pad_slots = true,
#endif
#ifdef SHIM_HAVE_TRACK_HIWATER
	.chosen_at_boot = true,
#endif
#ifdef SHIM_USED_ON_STACK
	.first = true,
#endif
#ifdef SHIM_HAVE_CC
	.encryption = true,
#endif
};

void run_initcalls(void)
{
	unsigned int i;

	for (i = 0; i < ninitcalls; i++)
		initcalls[i]();
}

/**
 * struct group - the tests of one file
 * @name: as it is asked for
 * @run: all of them
 * @newer: they hold for the rules of Linux 6.10 and later
 * @needs: the kernel option that they are about, or %NULL
 */
struct group {
	const char *name;
	void (*run)(void);
	bool newer;
	const char *needs;
};

static const struct group groups[] = {
	{ "init", init_tests, false, NULL },
	{ "search", search_tests, true, NULL },
	{ "map", map_tests, true, NULL },
	{ "growth", growth_tests, true, "SWIOTLB_DYNAMIC" },
	{ "restricted", restricted_tests, true, "DMA_RESTRICTED_POOL" },
	{ "marks", marks_tests, false, NULL },
	{ "encryption", encryption_tests, false, NULL },
	{ "differential", differential_tests, false, NULL },
};

static void run_group(const struct group *g)
{
	report_group(g->name);
	if (g->needs && !built_with(g->needs))
		skip("built without CONFIG_%s", g->needs);
	else if (g->newer && !tree.pad_slots)
		skip("a tree without padding slots places by older rules");
	else
		g->run();
}

static bool asked(const struct group *g, char **names)
{
	for (; *names; names++)
		if (!strcmp(*names, g->name))
			return true;
	return false;
}

static int usage(const char *word)
{
	size_t i;

	fprintf(stderr,
		"%s: %s: expected --seed N, --operations N, --known, or a group:", options.program,
		word);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		fprintf(stderr, " %s", groups[i].name);
	fputc('\n', stderr);
	return 2;
}

static bool is_group(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (!strcmp(groups[i].name, name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	char **names = argv + 1;
	int status, i, n = 0;

	ks = kernel_shim_api();
	options.program = argv[0];
	if (argc > 1 && !strcmp(argv[1], "--known"))
		return argc > 2 ? known_issue(argv[2]) : known_list();
	for (i = 1; i < argc; i++) {
		if (take_option(argv, &i))
			continue;
		if (!is_group(argv[i]))
			return usage(argv[i]);
		names[n++] = argv[i];
	}
	names[n] = NULL;
	report_begin();
	note("CONFIG: %s", *ks->configuration ? ks->configuration : "no options");
	note("seed %" PRIu64 ", %" PRIu64 " operations", options.seed, options.operations);
	for (i = 0; i < (int)ARRAY_SIZE(groups); i++)
		if (!n || asked(&groups[i], names))
			run_group(&groups[i]);
	status = report_end();
	ks->destroy();
	return status;
}
