// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own benchmark of mappings (dma_map_benchmark), bound to a device of the
 * machine that has no driver and does nothing else.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest.h"

#define PCI "/sys/bus/pci/devices/"
#define DRIVER "dma_map_benchmark"
/* The test device of the emulator, which no driver asks for. */
#define VENDOR "0x1b36\n"
#define DEVICE "0x0005\n"
/* For the run that is only asked whether it bounces. */
#define LOOK_MS 5

/* What the driver is asked, and answers. Its size is a part of the request's number. */
struct request {
	uint64_t map;
	uint64_t map_deviation;
	uint64_t unmap;
	uint64_t unmap_deviation;
	uint32_t threads;
	uint32_t seconds;
	int32_t node;
	uint32_t address_bits;
	uint32_t direction;
	uint32_t pause;
	uint32_t pages;
	uint8_t reserved[76];
};

#define RUN_BENCHMARK _IOWR('d', 1, struct request)
#define TO_DEVICE 1
#define ANY_NODE (-1)

static int holds(const char *device, const char *name, const char *wanted)
{
	char path[320], text[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), PCI "%s/%s", device, name);
	f = fopen(path, "r");
	if (f && !fgets(text, sizeof(text), f))
		text[0] = 0;
	if (f)
		fclose(f);
	return !strcmp(text, wanted);
}

/* Binds the driver to the device; whether there is one. */
static int bind_device(void)
{
	DIR *devices = opendir(PCI);
	struct dirent *entry;
	char path[320];

	while (devices && (entry = readdir(devices))) {
		if (!holds(entry->d_name, "vendor", VENDOR) ||
		    !holds(entry->d_name, "device", DEVICE))
			continue;
		snprintf(path, sizeof(path), PCI "%s/driver_override", entry->d_name);
		put(path, DRIVER);
		put("/sys/bus/pci/drivers/" DRIVER "/bind", entry->d_name);
		closedir(devices);
		return 1;
	}
	if (devices)
		closedir(devices);
	return 0;
}

static void on_alarm(int number)
{
	(void)number;
}

/*
 * The driver runs for whole seconds, unless a signal ends its wait: then it stops its
 * threads and answers as at the end.
 */
static int run(struct request *request, long milliseconds)
{
	const struct itimerval after = {
		.it_value = { milliseconds / 1000, 1000 * (milliseconds % 1000) },
	};
	int fd = open("/sys/kernel/debug/" DRIVER, O_RDWR), err = 0;

	request->seconds = (uint32_t)(milliseconds / 1000 + 1);
	if (fd < 0 || setitimer(ITIMER_REAL, &after, NULL) || ioctl(fd, RUN_BENCHMARK, request))
		err = errno;
	if (fd >= 0)
		close(fd);
	if (err)
		printf("LAB failed file=" DRIVER " why=%s\n", strerror(err));
	return err;
}

/* Whether its mappings bounce at all: the kernel says so of each, where it is asked to. */
static void tell_bounced(struct request request)
{
	put(TRACING "events/swiotlb/swiotlb_bounced/enable", "1");
	put(TRACING "trace", "");
	put(TRACING "tracing_on", "1");
	if (run(&request, LOOK_MS))
		return;
	put(TRACING "tracing_on", "0");
	printf("LAB bounced events=%ld\n", trace_total("entries") + trace_total("overrun"));
}

void benchmark(long milliseconds, long threads)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	struct request request = {
		.node = ANY_NODE,
		.address_bits = 32,
		.direction = TO_DEVICE,
		.pages = 1,
	};

	sigaction(SIGALRM, &action, NULL);
	put(TRACING "tracing_on", "0");
	if (!bind_device()) {
		printf("LAB failed file=" PCI " why=no device for the benchmark\n");
		return;
	}
	for (long n = 1; n <= threads; n++) {
		request.threads = (uint32_t)n;
		if (run(&request, milliseconds))
			return;
		printf("LAB benchmark threads=%ld map=%llu unmap=%llu\n", n,
		       (unsigned long long)request.map, (unsigned long long)request.unmap);
	}
	/* At the end: what is traced costs. */
	tell_bounced(request);
}
