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
#include <sys/utsname.h>
#include <unistd.h>

#include "guest.h"

#define SLOT 2048
/* Whether probes may become jumps. */
#define OPTIMIZATION "/proc/sys/debug/kprobes-optimization"

/* What an unmap goes through; the first of these that the kernel has. Linux 6.11 has renamed it. */
static const char *const unmaps[] = { "__swiotlb_tbl_unmap_single", "swiotlb_tbl_unmap_single" };

/* Whether the kernel has a function of this name. */
static bool has_function(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[512], found[256];
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = sscanf(line, "%*s %*s %255s", found) == 1 && !strcmp(found, name);
	if (f)
		fclose(f);
	return has;
}

/* Where interrupts, and what they leave to do, begin and end on a CPU. */
static const char *const turns[] = { "irq_handler_entry", "irq_handler_exit", "softirq_entry",
				     "softirq_exit" };

#define MAP_FIELDS "dev=+0(+0($arg1)):string orig_addr=$arg2:x64 size=$arg3:u64"

/* Whether the kernel is of this version, or a later one. */
static bool since(int major, int minor)
{
	struct utsname names;
	int a, b;

	if (uname(&names) || sscanf(names.release, "%d.%d", &a, &b) != 2)
		return true;
	return a > major || (a == major && b >= minor);
}

/* A plain probe where a function begins, with what it is called with. */
static void probe(const char *name, const char *function, const char *fields)
{
	char text[256];

	snprintf(text, sizeof(text), "p:%s %s %s", name, function, fields);
	put(TRACING "kprobe_events", text);
}

/*
 * They have the names and the fields of those of the capture script, so that what reads
 * its traces reads these. The second stands in place of one at a return.
 */
void truth_begin(void)
{
	const char *unmap = has_function(unmaps[0]) ? unmaps[0] : unmaps[1];
	char text[256];

	/* A processor without them has no such file. */
	if (!access(OPTIMIZATION, F_OK))
		put(OPTIMIZATION, "0");
	put(TRACING "tracing_on", "0");
	/* One order for all CPUs: the clock of a CPU alone may be off. */
	put(TRACING "trace_clock", "global");
	put(TRACING "buffer_size_kb", "32768");
	/* Before Linux 6.10 the mask is asked for one argument later. */
	probe("swiotlb_map", "swiotlb_tbl_map_single",
	      since(6, 10) ? MAP_FIELDS " align_mask=$arg4:x32 dir=$arg5:u32" :
			     MAP_FIELDS " align_mask=$arg5:x32 dir=$arg6:u32");
	/* With its direction to the device, it is the copy at the end of a map. */
	probe("swiotlb_map_ret", "swiotlb_bounce",
	      "tlb_addr=$arg2:x64 bytes=$arg3:u64 dir=$arg4:u32");
	probe("swiotlb_unmap", unmap, "dev=+0(+0($arg1)):string tlb_addr=$arg2:x64 size=$arg3:u64");
	put(TRACING "events/kprobes/swiotlb_map_ret/filter", "dir == 1");
	put(TRACING "events/kprobes/enable", "1");
	for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++) {
		snprintf(text, sizeof(text), TRACING "events/irq/%s/enable", turns[i]);
		put(text, "1");
	}
	if (option("capture", 0))
		put(TRACING "events/swiotlb/swiotlb_bounced/enable", "1");
	put(TRACING "trace", "");
	put(TRACING "tracing_on", "1");
}

/*
 * What a CPU runs: a task, what interrupts left to do, or an interrupt. Each is met in
 * its midst by those behind it alone: this kernel takes no CPU from a task in a map.
 */
enum level { TASK, SOFT, HARD, LEVELS };

/**
 * struct midst - what a CPU may be in the midst of, in slots
 * @mapping: a map that has begun, and was not seen to have its slots
 * @unmapping: an unmap that has begun
 */
struct midst {
	long mapping;
	long unmapping;
};

struct cpu {
	enum level level;
	/* Where the interrupt came in. */
	enum level below;
	struct midst midst[LEVELS];
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
	struct cpu cpu[CPUS];
};

enum kind { MAPPING, MAPPED, UNMAPPING, HARD_ENTRY, HARD_EXIT, SOFT_ENTRY, SOFT_EXIT, KINDS };

/* By its name; a step of a map, by what stands in front of its address and of its size, too. */
static const struct {
	const char *name;
	const char *address;
	const char *size;
} lines[KINDS] = {
	[MAPPING] = { " swiotlb_map: ", " orig_addr=0x", " size=" },
	[MAPPED] = { " swiotlb_map_ret: ", " tlb_addr=0x", " bytes=" },
	[UNMAPPING] = { " swiotlb_unmap: ", " tlb_addr=0x", " size=" },
	[HARD_ENTRY] = { .name = " irq_handler_entry: " },
	[HARD_EXIT] = { .name = " irq_handler_exit: " },
	[SOFT_ENTRY] = { .name = " softirq_entry: " },
	[SOFT_EXIT] = { .name = " softirq_exit: " },
};

struct event {
	enum kind kind;
	unsigned int cpu;
	long slots;
};

/* "task-PID [CPU] ... time: name: (place) fields", whatever the task is called. */
static bool parse(const char *line, struct event *e)
{
	const char *cpu = strstr(line, " ["), *address, *size;

	if (*line == '#' || !cpu)
		return false;
	e->cpu = (unsigned int)strtoul(cpu + 2, NULL, 10) % CPUS;
	for (e->kind = 0; e->kind < KINDS && !strstr(cpu, lines[e->kind].name); e->kind++)
		;
	if (e->kind > UNMAPPING)
		return e->kind < KINDS;
	address = strstr(cpu, lines[e->kind].address);
	size = address ? strstr(address, lines[e->kind].size) : NULL;
	if (!size)
		return false;
	address += strlen(lines[e->kind].address);
	size += strlen(lines[e->kind].size);
	e->slots = (long)((strtoul(size, NULL, 10) + strtoul(address, NULL, 16) % SLOT + SLOT - 1) /
			  SLOT);
	return true;
}

/* The CPU is at something else on this level: a map that still has no slots found no room. */
static void over(struct truth *t, struct midst *m)
{
	t->most -= m->mapping + m->unmapping;
	*m = (struct midst){ 0 };
}

static void enter(struct cpu *cpu, enum level level)
{
	if (level == HARD)
		cpu->below = cpu->level;
	cpu->level = level;
}

static void leave(struct truth *t, struct cpu *cpu, enum level level)
{
	over(t, &cpu->midst[level]);
	cpu->level = level == HARD ? cpu->below : TASK;
}

static void take_map(struct truth *t, struct midst *m, const struct event *e)
{
	if (e->kind == MAPPED) {
		/* Else it is a copy for a mapping that is there. */
		if (!m->mapping)
			return;
		m->mapping = 0;
		t->least += e->slots;
		t->mapped++;
		return;
	}
	over(t, m);
	if (e->kind == MAPPING) {
		t->most += e->slots;
		m->mapping = e->slots;
		t->mappings++;
		return;
	}
	t->least -= e->slots;
	m->unmapping = e->slots;
	t->unmappings++;
}

static void take(struct truth *t, const struct event *e)
{
	struct cpu *cpu = &t->cpu[e->cpu];

	switch (e->kind) {
	case HARD_ENTRY:
	case SOFT_ENTRY:
		enter(cpu, e->kind == HARD_ENTRY ? HARD : SOFT);
		break;
	case HARD_EXIT:
	case SOFT_EXIT:
		leave(t, cpu, e->kind == HARD_EXIT ? HARD : SOFT);
		break;
	default:
		take_map(t, &cpu->midst[cpu->level], e);
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
	/* A pool that cannot grow has no more, however many maps look for room. */
	if (get(SWIOTLB "io_tlb_transient_nslabs") < 0 &&
	    t.peak_most > get(SWIOTLB "io_tlb_nslabs"))
		t.peak_most = get(SWIOTLB "io_tlb_nslabs");
	printf("LAB probes mappings=%ld mapped=%ld unmappings=%ld missed=%ld overrun=%ld left=%ld\n",
	       t.mappings, t.mapped, t.unmappings, missed_probes(), overrun(), t.least);
	printf("LAB truth least=%ld most=%ld\n", t.peak_least, t.peak_most);
}
