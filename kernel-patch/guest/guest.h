/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only program of the guest: what its files share. It tells what it found in
 * lines "LAB word key=value ..." on the console.
 */
#ifndef GUEST_H
#define GUEST_H

#define SWIOTLB "/sys/kernel/debug/swiotlb/"
#define DISK "/dev/nvme0n1"
#define TRACING "/sys/kernel/tracing/"
/* That are asked for what they have traced. */
#define CPUS 64

/* lab.NAME=VALUE of the kernel's command line, or @otherwise. */
long option(const char *name, long otherwise);
/* Writes @text at the end of a file; an empty one empties it. 0, or what is said of it. */
int put(const char *path, const char *text);
/* A number out of a file; -1 where there is none. */
long get(const char *path);
/* Seconds since the start. */
double now(void);
/* One number of the trace's statistics, of all CPUs together, as "overrun". */
long trace_total(const char *name);

/* @readers processes read the disk directly for @seconds, up to @kib KiB at a time. */
void read_disk(long seconds, long readers, long kib);
/* Probes where slots change hands. */
void truth_begin(void);
/* What they say was in use at most: told as a range. */
void truth_tell(void);
/* The trace, written to the disk from @mib MiB on, and the pool as the log tells it. */
void capture(long mib);
/*
 * The kernel's own benchmark of mappings, for so many milliseconds with each number
 * of threads up to @threads: told in the units that the kernel counts in.
 */
void benchmark(long milliseconds, long threads);

#endif /* GUEST_H */
