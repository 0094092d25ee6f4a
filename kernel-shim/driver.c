// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs an operation log through the kernel's allocator and tells, for each operation, what it did.
 * README.md has the formats. Exit: 0 done, 2 bad input (one line on stderr says where and what was
 * expected), 70 the kernel code hit a BUG, 71 it did not come back, 72 it crashed, 73 its search
 * never ends.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "driver.h"

#define IO_BUFFER (1 << 20)
/* For what host/search.c does not see: it finds a search that goes round in a circle at once. */
#define STUCK_SECONDS 10

struct run run;

void bad(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, run.binary ? "operation %" PRIu64 ": " : "line %" PRIu64 ": ", run.where);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static const char *where_words(char *room, size_t bytes)
{
	snprintf(room, bytes, "%s %" PRIu64, run.binary ? "operation" : "line", run.where);
	return room;
}

/*
 * Inside the kernel code the standard streams are idle, so that what was answered before can still
 * be written. A crash of the driver itself is one.
 */
static void on_crash(int sig)
{
	char where[64], words[160];
	int n;

	signal(sig, SIG_DFL);
	if (!run.in_kernel)
		return;
	fflush(stdout);
	n = snprintf(words, sizeof(words), "%s: the kernel code crashed: signal %d\n",
		     where_words(where, sizeof(where)), sig);
	if (write(STDERR_FILENO, words, n) != n)
		_exit(1);
	_exit(72);
}

/*
 * Once a second: the same operation inside the kernel code for too long ends the process. The
 * standard streams are idle then, as the driver itself is not running.
 */
static void on_tick(int sig)
{
	static uint64_t seen;
	static int seconds;
	char where[64], words[160];
	int n;

	(void)sig;
	if (!run.in_kernel || seen != run.where) {
		seen = run.where;
		seconds = 0;
		return;
	}
	if (++seconds < STUCK_SECONDS)
		return;
	fflush(stdout);
	n = snprintf(words, sizeof(words), "%s: the kernel code did not come back\n",
		     where_words(where, sizeof(where)));
	if (write(STDERR_FILENO, words, n) != n)
		_exit(1);
	_exit(71);
}

static void watch(void)
{
	struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
	struct sigaction crash = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };
	static char stack[1 << 16];
	stack_t crash_stack = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct itimerval second = { { 1, 0 }, { 1, 0 } };

	sigaltstack(&crash_stack, NULL);
	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
	sigaction(SIGILL, &crash, NULL);
	sigaction(SIGFPE, &crash, NULL);
	sigaction(SIGABRT, &crash, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &second, NULL);
}

void start(const struct header_in *in, struct header_out *out)
{
	struct ks_config config = {
		.nslabs = in->nslabs,
		.nareas = in->nareas,
		.start = in->start,
		.grow_base = in->grow_base,
		.possible_cpus = in->possible_cpus,
		.copy = in->flags & HEADER_COPIES ? KS_COPY_SCRATCH : KS_COPY_NONE,
		.flags = in->flags & (KS_RESTRICTED | KS_ANY | KS_LOG),
	};
	struct ks_pool pool;
	char why[128];

	if (run.ks->create(&config, why, sizeof(why)))
		bad("%s", why);
	run.checksum_every = in->checksum_every;
	run.copies = in->flags & HEADER_COPIES;
	if (run.copies)
		data_start();
	run.settle_by_hand = in->flags & HEADER_SETTLE_BY_HAND;
	run.counters = run.ks->hiwater() != KS_NONE;
	run.restricted = in->flags & KS_RESTRICTED;
	run.dev = run.ks->device(0, 0, in->dma_mask);
	if (!run.dev || !run.ks->pool(0, &pool))
		bad("the kernel made no pool");
	memcpy(out->magic, PROTOCOL_MAGIC_OUT, 8);
	out->nslabs = pool.nslabs;
	out->nareas = pool.nareas;
	out->area_nslabs = pool.area_nslabs;
	out->start = pool.start;
	out->features = run.counters;
}

static void run_binary(void)
{
	struct header_in in;
	struct header_out out = { 0 };
	struct record r;
	struct op op;
	size_t n = fread(&in, 1, sizeof(in), stdin);

	if (n != sizeof(in) || memcmp(in.magic, PROTOCOL_MAGIC_IN, 8))
		bad("header: expected 64 bytes that begin with %s", PROTOCOL_MAGIC_IN);
	start(&in, &out);
	fwrite(&out, sizeof(out), 1, stdout);
	/* Whatever happens behind it. */
	fflush(stdout);
	while ((n = fread(&op, 1, sizeof(op), stdin)) == sizeof(op)) {
		run.where++;
		execute(&op, &r);
		fwrite(&r, sizeof(r), 1, stdout);
		if (checksum_due()) {
			checksum(&r);
			fwrite(&r, sizeof(r), 1, stdout);
		}
	}
	if (n)
		bad("%zu bytes left over, expected operations of %zu", n, sizeof(op));
	checksum(&r);
	fwrite(&r, sizeof(r), 1, stdout);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: driver [-b] [-r] [-a] [-g] [-d] [-k] [-l] [-p CPUS] [-c EVERY] < LOG\n"
		"  -b binary protocol (takes everything else from its header)\n"
		"  -r restricted pool    -a boot with SWIOTLB_ANY    -g growth work waits for 'g'\n"
		"  -d with the data: they are copied, and answered for\n"
		"  -k kernel messages on stderr    -l layout of the structures\n"
		"  -p possible CPUs    -c checksum every EVERY operations\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct header_in in = { .start = KS_POOL_SELF };
	int i;

	run.ks = kernel_shim_api();
	for (i = 1; i < argc; i++) {
		char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "-b"))
			run.binary = true;
		else if (!strcmp(argv[i], "-r"))
			in.flags |= KS_RESTRICTED;
		else if (!strcmp(argv[i], "-a"))
			in.flags |= KS_ANY;
		else if (!strcmp(argv[i], "-d"))
			in.flags |= HEADER_COPIES;
		else if (!strcmp(argv[i], "-k"))
			in.flags |= KS_LOG;
		else if (!strcmp(argv[i], "-g"))
			in.flags |= HEADER_SETTLE_BY_HAND;
		else if (!strcmp(argv[i], "-l"))
			run.layout = true;
		else if (!strcmp(argv[i], "-p") && value && ++i)
			in.possible_cpus = strtoul(value, NULL, 10);
		else if (!strcmp(argv[i], "-c") && value && ++i)
			in.checksum_every = strtoull(value, NULL, 10);
		else
			usage();
	}
	watch();
	setvbuf(stdin, NULL, _IOFBF, IO_BUFFER);
	setvbuf(stdout, NULL, _IOFBF, IO_BUFFER);
	if (run.binary)
		run_binary();
	else
		run_text(&in);
	run.ks->destroy();
	ids_free(&run.ids);
	if (fflush(stdout) || ferror(stdin)) {
		perror("driver");
		return 1;
	}
	return 0;
}
