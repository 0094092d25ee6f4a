// SPDX-License-Identifier: GPL-2.0-only
/* The load: direct reads of the disk, each of which bounces. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define LARGEST (1UL << 20)
/* Sizes are 4 KiB times a power of two below this. */
#define POWERS 7
/* Places on the disk, 64 KiB apart. */
#define PLACES 4096

/* Reads of mixed sizes at places drawn from @seed, until the time is over. */
static void reader(unsigned int seed, double until, size_t most)
{
	int fd = open(DISK, O_RDONLY | O_DIRECT);
	void *buffer;

	if (fd < 0 || posix_memalign(&buffer, 4096, LARGEST))
		_exit(1);
	memset(buffer, 1, LARGEST);
	while (now() < until) {
		size_t size = 4096UL << (rand_r(&seed) % POWERS);
		off_t at = (off_t)(rand_r(&seed) % PLACES) << 16;

		if (size > most)
			size = most;
		if (pread(fd, buffer, size, at) != (ssize_t)size)
			_exit(2);
	}
	_exit(0);
}

void read_disk(long seconds, long readers, long kib)
{
	const double until = now() + (double)seconds;
	const size_t most = kib > 0 && (size_t)kib << 10 <= LARGEST ? (size_t)kib << 10 : LARGEST;
	long started = 0, failed = 0;

	for (long i = 0; i < readers; i++) {
		pid_t pid = fork();

		if (pid == 0)
			reader((unsigned int)(option("seed", 1) + i), until, most);
		started += pid > 0;
	}
	for (long i = 0; i < started; i++) {
		int status;

		wait(&status);
		failed += status != 0;
	}
	printf("LAB readers started=%ld failed=%ld\n", started, failed);
}
