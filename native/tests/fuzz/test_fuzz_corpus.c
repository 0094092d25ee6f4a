// SPDX-License-Identifier: GPL-2.0-only
/* The property of fuzz_log.c over the inputs of corpus/ and over some thousand random ones. */
#include <dirent.h>

#include "check.h"
#include "engine/random.h"
#include "fuzz_log.c"

#define RANDOM_INPUTS 300
#define INPUT_BYTES 2048

static void run_file(const char *folder, const char *name)
{
	static uint8_t bytes[1 << 16];
	char path[4096];
	FILE *file;
	size_t n;

	CHECK(snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path));
	file = fopen(path, "rb");
	CHECK(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	CHECK(n < sizeof(bytes));
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, n);
}

/* The corpus lies beside this file. */
static unsigned int run_corpus(void)
{
	char folder[4096] = __FILE__;
	char *slash = strrchr(folder, '/');
	const struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	CHECK(slash);
	strcpy(slash, "/corpus");
	dir = opendir(folder);
	CHECK(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		run_file(folder, entry->d_name);
		n++;
	}
	closedir(dir);
	return n;
}

static void run_random(void)
{
	static uint8_t bytes[INPUT_BYTES];
	struct random r = random_stream(1, 0);

	for (unsigned int i = 0; i < RANDOM_INPUTS; i++) {
		for (unsigned int k = 0; k < INPUT_BYTES; k++)
			bytes[k] = (uint8_t)random_next(&r);
		LLVMFuzzerTestOneInput(bytes, INPUT_BYTES);
	}
}

int main(void)
{
	CHECK(run_corpus() > 0);
	run_random();
	return 0;
}
