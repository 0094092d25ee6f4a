/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a libstdc++ made for glibc wants beyond musl, so that a distribution with glibc can run
 * programs of musl that want libstdc++: for tests alone.
 */
#define _GNU_SOURCE
#include <link.h>
#include <locale.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded;
int __cpu_model[16];

int __cpu_indicator_init(void)
{
	return 0;
}

unsigned long __getauxval(unsigned long type)
{
	return getauxval(type);
}

uint32_t arc4random(void)
{
	uint32_t word = 0;

	getrandom(&word, sizeof(word), 0);
	return word;
}

size_t __strftime_l(char *to, size_t room, const char *format, const struct tm *when,
		    locale_t locale)
{
	return strftime_l(to, room, format, when, locale);
}

int __cxa_thread_atexit_impl(void (*end)(void *), void *object, void *library)
{
	(void)end;
	(void)object;
	(void)library;
	return 0;
}

/* As <dlfcn.h> of glibc has it. */
struct dl_find_object {
	unsigned long long flags;
	void *map_start;
	void *map_end;
	struct link_map *link_map;
	void *eh_frame;
	unsigned long long reserved[7];
};

struct wanted {
	uintptr_t pc;
	struct dl_find_object *found;
};

static int look(struct dl_phdr_info *info, size_t size, void *data)
{
	const struct wanted *wanted = data;
	uintptr_t low = UINTPTR_MAX;
	uintptr_t high = 0;
	void *frames = NULL;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + header->p_vaddr;

		if (header->p_type == PT_GNU_EH_FRAME)
			frames = (void *)at;
		if (header->p_type != PT_LOAD)
			continue;
		low = at < low ? at : low;
		high = at + header->p_memsz > high ? at + header->p_memsz : high;
	}
	if (!frames || wanted->pc < low || wanted->pc >= high)
		return 0;
	*wanted->found = (struct dl_find_object){
		.map_start = (void *)low,
		.map_end = (void *)high,
		.eh_frame = frames,
	};
	return 1;
}

int _dl_find_object(void *pc, struct dl_find_object *found)
{
	struct wanted wanted = { (uintptr_t)pc, found };

	return dl_iterate_phdr(look, &wanted) == 1 ? 0 : -1;
}
