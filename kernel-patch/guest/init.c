// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the guest: mounts what it needs, makes the disk work or the benchmark
 * run, reads the files of the tracker, and turns the machine off. Its orders are words
 * of the kernel's command line: lab.seconds, lab.readers, lab.kib, lab.probes, lab.reset,
 * lab.capture;
 * or lab.benchmark, in milliseconds, and lab.threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

/* For the disk to appear, in steps of 50 ms. */
#define DISK_STEPS 200
/* Lines of the log that are shown, from the first that says that something is wrong. */
#define SHOWN 12

static char command_line[4096];

long option(const char *name, long otherwise)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "lab.%s=", name);
	at = strstr(command_line, key);
	return at ? strtol(at + strlen(key), NULL, 0) : otherwise;
}

int put(const char *path, const char *text)
{
	/* Truncating the list of probes would take away those that are there. */
	int fd = open(path, O_WRONLY | (*text ? O_APPEND : O_TRUNC));
	int err = 0;

	if (fd < 0 || (*text && write(fd, text, strlen(text)) < 0))
		err = errno;
	if (fd >= 0)
		close(fd);
	if (err)
		printf("LAB failed file=%s why=%s\n", path, strerror(err));
	return err;
}

long get(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtol(text, NULL, 10) : -1;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

long trace_total(const char *name)
{
	const size_t length = strlen(name);
	long sum = 0;

	for (int cpu = 0; cpu < CPUS; cpu++) {
		char path[128], line[128];
		FILE *f;

		snprintf(path, sizeof(path), TRACING "per_cpu/cpu%d/stats", cpu);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, name, length) && line[length] == ':')
				sum += strtol(line + length + 1, NULL, 10);
		if (f)
			fclose(f);
	}
	return sum;
}

/* What a kernel says when something is wrong with it. */
static const char *const alarms[] = {
	"WARNING:",
	"BUG:",
	"Oops",
	"INFO: possible",
	"INFO: rcu",
	"INFO: task",
	"inconsistent lock",
	"possible recursive",
	"suspicious RCU",
	"Invalid wait context",
};

static int is_alarm(const char *line)
{
	for (size_t i = 0; i < sizeof(alarms) / sizeof(*alarms); i++)
		if (strstr(line, alarms[i]))
			return 1;
	return 0;
}

static void tell_alarms(void)
{
	static char log[1 << 20];
	const int read_all = 3;
	int n = klogctl(read_all, log, sizeof(log) - 1);
	int found = 0, told = 0;

	log[n > 0 ? n : 0] = 0;
	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n")) {
		/* "<4>", which is how bad it is, says nothing more. */
		const char *text = *line == '<' && strchr(line, '>') ? strchr(line, '>') + 1 : line;

		found += is_alarm(line);
		/* The lines behind the first say where. */
		if (found && told < SHOWN && (found == 1 || is_alarm(line))) {
			printf("LAB alarm %s\n", text);
			told++;
		}
	}
	printf("LAB alarms found=%d read=%d\n", found, n);
}

static void mount_all(void)
{
	static const char *const what[][3] = {
		{ "proc", "/proc", "proc" },
		{ "sysfs", "/sys", "sysfs" },
		{ "dev", "/dev", "devtmpfs" },
		{ "debugfs", "/sys/kernel/debug", "debugfs" },
		{ "tracefs", "/sys/kernel/tracing", "tracefs" },
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		mkdir(what[i][1], 0755);
		if (mount(what[i][0], what[i][1], what[i][2], 0, "") && errno != EBUSY)
			printf("LAB failed file=%s why=%s\n", what[i][1], strerror(errno));
	}
}

static void read_command_line(void)
{
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, command_line, sizeof(command_line) - 1) < 0)
		printf("LAB failed file=/proc/cmdline why=%s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void tell_files(const char *word)
{
	printf("LAB %s nslabs=%ld used=%ld hiwater=%ld true_used=%ld true_hiwater=%ld\n", word,
	       get(SWIOTLB "io_tlb_nslabs"), get(SWIOTLB "io_tlb_used"),
	       get(SWIOTLB "io_tlb_used_hiwater"), get(SWIOTLB "io_tlb_true_used"),
	       get(SWIOTLB "io_tlb_true_hiwater"));
}

/* The promise, in the words of the tracker's file. */
static void tell_promise(void)
{
	FILE *f = fopen(SWIOTLB "io_tlb_promise", "r");
	char line[256] = "";

	if (f && fgets(line, sizeof(line), f))
		printf("LAB promise %s", line);
	if (f)
		fclose(f);
}

static void work(void)
{
	const long probes = option("probes", 1);

	for (int i = 0; i < DISK_STEPS && access(DISK, F_OK); i++)
		usleep(50000);
	tell_files("before");
	if (option("reset", 1))
		put(SWIOTLB "io_tlb_used_hiwater", "0");
	if (probes)
		truth_begin();
	read_disk(option("seconds", 3), option("readers", 16), option("kib", 256));
	/* What is under way comes home. */
	usleep(200000);
	tell_files("after");
	/* With the mark: how far that may be off depends on the areas that have come. */
	tell_promise();
	if (probes)
		truth_tell();
	if (option("capture", 0))
		capture(option("capture", 0));
}

int main(void)
{
	int fd;

	mount_all();
	fd = open("/dev/console", O_RDWR);
	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_command_line();
	printf("LAB boot seconds=%.2f\n", now());
	if (option("benchmark", 0))
		benchmark(option("benchmark", 0), option("threads", 1));
	else
		work();
	tell_alarms();
	printf("LAB done seconds=%.2f\n", now());
	fflush(stdout);
	sync();
	usleep(50000);
	reboot(RB_AUTOBOOT);
	return 0;
}
