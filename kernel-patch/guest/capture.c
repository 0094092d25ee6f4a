// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace of this boot, given out through the disk: the console is far too slow for it.
 * When it is written nothing is recorded any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "guest.h"

#define BLOCK (1UL << 20)
/* Of the disk. */
#define SECTOR 4096UL
/* More than a full buffer gives as text for a few CPUs. */
#define MOST (1024 * BLOCK)

/* As much as there is, up to a block; 0 at the end. */
static size_t fill(int from, char *block)
{
	size_t got = 0;
	ssize_t n;

	while (got < BLOCK && (n = read(from, block + got, BLOCK - got)) > 0)
		got += (size_t)n;
	return got;
}

/* How many bytes were written; -1 with errno. */
static long copy(int from, int to, off_t at)
{
	unsigned long bytes = 0;
	size_t got;
	char *block;

	if (posix_memalign((void **)&block, SECTOR, BLOCK))
		return -1;
	while ((got = fill(from, block)) > 0) {
		size_t whole = (got + SECTOR - 1) / SECTOR * SECTOR;

		memset(block + got, 0, whole - got);
		errno = EFBIG;
		if (bytes + got > MOST ||
		    pwrite(to, block, whole, at + (off_t)bytes) != (ssize_t)whole)
			return -1;
		bytes += got;
	}
	free(block);
	return (long)bytes;
}

/* What the log says of the pool, line by line. */
static void tell_pool(void)
{
	static char log[1 << 20];
	const int read_all = 3;
	int n = klogctl(read_all, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, "software IO TLB: "))
			printf("LAB pool %s\n", line);
}

void capture(long mib)
{
	int from = open(TRACING "trace", O_RDONLY), to = open(DISK, O_WRONLY | O_DIRECT);
	long bytes = from < 0 || to < 0 ? -1 : copy(from, to, (off_t)mib << 20);

	if (bytes < 0)
		printf("LAB failed file=trace why=%s\n", strerror(errno));
	else
		printf("LAB capture bytes=%ld\n", bytes);
	tell_pool();
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
}
