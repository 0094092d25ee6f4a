// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was in use, from the kernel's own function probes: a range, since a probe
 * stands where a function begins, and not where the slots change hands.
 *
 * Plain probes alone: while the handler of a return probe runs, and while an
 * optimized one does, the kernel passes over probes that an interrupt meets.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define SLOT 2048

#if defined(__x86_64__)
#define ARG(n, x86, arm) x86
#else
#define ARG(n, x86, arm) arm
#endif

void truth_begin(void)
{
	put("/proc/sys/debug/kprobes-optimization", "0");
	put(TRACING "tracing_on", "0");
	/* One order for all CPUs: the clock of a CPU alone may be off. */
	put(TRACING "trace_clock", "global");
	put(TRACING "buffer_size_kb", "32768");
	put(TRACING "kprobe_events", "p:mapping swiotlb_tbl_map_single addr=" ARG(
					     1, "%si", "%x1") " size=" ARG(2, "%dx", "%x2"));
	/* With its direction to the device, it is the copy at the end of a map. */
	put(TRACING "kprobe_events",
	    "p:mapped swiotlb_bounce addr=" ARG(1, "%si", "%x1") " size=" ARG(
		    2, "%dx", "%x2") " dir=" ARG(3, "%cx", "%x3") ":u32");
	put(TRACING "kprobe_events", "p:unmapping __swiotlb_tbl_unmap_single addr=" ARG(
					     1, "%si", "%x1") " size=" ARG(2, "%dx", "%x2"));
	put(TRACING "events/kprobes/mapped/filter", "dir == 1");
	put(TRACING "events/kprobes/enable", "1");
	put(TRACING "trace", "");
	put(TRACING "tracing_on", "1");
}

/* An unmap that began on a CPU, until its task is seen at something else there. */
struct ending {
	long pid;
	long slots;
};

/**
 * struct truth - what is in use while the trace is read, in slots
 * @least: from where a map has its slots to where its unmap begins
 * @most: from where a map begins to where its unmap is seen to be over
 */
struct truth {
	long least;
	long most;
	long peak_least;
	long peak_most;
	long mappings;
	long mapped;
	long unmappings;
	struct ending ending[CPUS];
};

struct event {
	const char *name;
	long pid;
	unsigned int cpu;
	long slots;
};

/* "task-PID [CPU] ... time: name: (place) addr=0x.. size=0x..", whatever the task is called. */
static bool parse(char *line, struct event *e)
{
	char *cpu = strstr(line, " ["), *args = strstr(line, " addr=0x");
	unsigned long addr, size;
	char *pid;

	if (*line == '#' || !cpu || !args ||
	    sscanf(args, " addr=0x%lx size=0x%lx", &addr, &size) != 2)
		return false;
	for (pid = cpu; pid > line && *pid != '-'; pid--)
		;
	e->pid = strtol(pid + 1, NULL, 10);
	e->cpu = (unsigned int)strtoul(cpu + 2, NULL, 10) % CPUS;
	e->slots = (long)((size + addr % SLOT + SLOT - 1) / SLOT);
	e->name = strstr(line, " unmapping: ") ? "unmapping" :
		  strstr(line, " mapping: ")   ? "mapping" :
						 "mapped";
	return true;
}

static void take(struct truth *t, const struct event *e)
{
	struct ending *ending = &t->ending[e->cpu];

	if (ending->slots && ending->pid == e->pid) {
		t->most -= ending->slots;
		ending->slots = 0;
	}
	if (!strcmp(e->name, "mapping")) {
		t->most += e->slots;
		t->mappings++;
	} else if (!strcmp(e->name, "mapped")) {
		t->least += e->slots;
		t->mapped++;
	} else {
		t->least -= e->slots;
		t->most -= ending->slots;
		*ending = (struct ending){ e->pid, e->slots };
		t->unmappings++;
	}
	if (t->least > t->peak_least)
		t->peak_least = t->least;
	if (t->most > t->peak_most)
		t->peak_most = t->most;
}

/* Probes that were passed over, all three together: the last number of each line. */
static long missed_probes(void)
{
	FILE *f = fopen(TRACING "kprobe_profile", "r");
	long missed = f ? 0 : -1;
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		char *last = strrchr(line, ' ');

		missed += last ? strtol(last, NULL, 10) : 0;
	}
	if (f)
		fclose(f);
	return missed;
}

/* Events that are not in the trace, whatever became of them. */
static long overrun(void)
{
	return trace_total("overrun") + trace_total("commit overrun") +
	       trace_total("dropped events");
}

void truth_tell(void)
{
	static struct truth t;
	struct event event;
	char line[512];
	FILE *f;

	put(TRACING "tracing_on", "0");
	f = fopen(TRACING "trace", "r");
	while (f && fgets(line, sizeof(line), f))
		if (parse(line, &event))
			take(&t, &event);
	if (f)
		fclose(f);
	printf("LAB probes mappings=%ld mapped=%ld unmappings=%ld missed=%ld overrun=%ld left=%ld\n",
	       t.mappings, t.mapped, t.unmappings, missed_probes(), overrun(), t.least);
	printf("LAB truth least=%ld most=%ld\n", t.peak_least, t.peak_most);
}
