// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log: formats its messages, remembers the numbers of "buffer is full" lines, counts
 * warnings, and prints everything on stderr when asked to.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shim_full full;
static uint64_t warnings;
static bool echoing;

struct text {
	char s[512];
	size_t len;
};

static void put(struct text *t, const char *fmt, ...)
{
	size_t room = sizeof(t->s) - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

/*
 * One conversion. The argument is fetched by its length modifier; %pa and %pad print the 64-bit
 * address that the argument points to, as the kernel does.
 */
static const char *put_conversion(struct text *t, const char *p, va_list *ap)
{
	char spec[32];
	size_t n = 0;
	int longs = 0;

	while (*p && n < sizeof(spec) - 4 && strchr("%-+ #0123456789.lzhj", *p)) {
		longs += *p == 'l' ? 1 : *p == 'z' || *p == 'j' ? 2 : 0;
		if (!strchr("lzhj", *p))
			spec[n++] = *p;
		p++;
		if (n == 2 && spec[1] == '%')
			break;
	}
	if (n == 2 && spec[1] == '%') {
		put(t, "%%");
		return p;
	}
	if (*p == 'p' && p[1] == 'a') {
		put(t, "0x%016llx", *va_arg(*ap, unsigned long long *));
		return p + (p[2] == 'd' || p[2] == 'p' ? 3 : 2);
	}
	if (*p && strchr("diuxXo", *p)) {
		bool sign = *p == 'd' || *p == 'i';
		long long v = longs ? va_arg(*ap, long long) :
			      sign  ? va_arg(*ap, int) :
				      (long long)va_arg(*ap, unsigned int);

		memcpy(spec + n, "ll", 2);
		spec[n + 2] = *p;
		spec[n + 3] = '\0';
		put(t, spec, v);
	} else if (*p == 's') {
		put(t, "%s", va_arg(*ap, const char *));
	} else if (*p == 'p') {
		put(t, "%p", va_arg(*ap, void *));
	} else if (*p == 'c') {
		put(t, "%c", va_arg(*ap, int));
	}
	return *p ? p + 1 : p;
}

static void format(struct text *t, const char *dev, const char *fmt, va_list *ap)
{
	t->len = 0;
	if (dev)
		put(t, "%s: ", dev);
	while (*fmt) {
		if (*fmt == '%') {
			fmt = put_conversion(t, fmt, ap);
			continue;
		}
		put(t, "%c", *fmt++);
	}
	while (t->len && t->s[t->len - 1] == '\n')
		t->s[--t->len] = '\0';
}

static void note_full(const char *message)
{
	const char *at = strstr(message, "buffer is full (sz: ");
	unsigned long total = 0, used = 0;
	long long size = 0;

	if (!at)
		return;
	full.count++;
	/* A tree with other words than these still counts; the numbers then read 0. */
	sscanf(at, "buffer is full (sz: %lld bytes), total %lu (slots), used %lu", &size, &total,
	       &used);
	full.size = (uint64_t)size;
	full.total = total;
	full.used = used;
}

static void emit(const char *dev, const char *fmt, va_list *ap)
{
	struct text t;

	format(&t, dev, fmt, ap);
	pthread_mutex_lock(&lock);
	note_full(t.s);
	if (echoing)
		fprintf(stderr, "%s\n", t.s);
	pthread_mutex_unlock(&lock);
}

void shim_log(const char *dev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(dev, fmt, &ap);
	va_end(ap);
}

/* Counts every call, prints the first one per @done. */
void shim_warn_once(bool *done, const char *dev, const char *fmt, ...)
{
	va_list ap;

	__atomic_fetch_add(&warnings, 1, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(done, true, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	emit(dev, fmt, &ap);
	va_end(ap);
}

/* A kernel would stop here, and so does the process: nothing after it could be trusted. */
void shim_bug(const char *file, int line, const char *condition)
{
	fflush(stdout);
	fprintf(stderr, "kernel BUG at %s:%d: %s\n", file, line, condition);
	_Exit(70);
}

void shim_log_reset(bool echo)
{
	memset(&full, 0, sizeof(full));
	warnings = 0;
	echoing = echo;
}

void shim_log_full(struct shim_full *out)
{
	pthread_mutex_lock(&lock);
	*out = full;
	pthread_mutex_unlock(&lock);
}

uint64_t shim_log_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_RELAXED);
}
