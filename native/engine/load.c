// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trackers that an engine can run: those of the list, and behind them those
 * that were loaded from a shared object (native/tracker-file) into this process. And what
 * they are measured against, the baselines of the list and those that were loaded,
 * which have numbers of their own.
 */
#include <dlfcn.h>
#include <stdio.h>

#include "engine/lab_trackers.h"
#include "engine/step.h"
#include "tracker-file/tracker_object.h"

#define MAX_LOADED 64

/* A baseline's number has this bit; the rest is its place among the baselines. */
#define BASELINE_BIT (1U << 31)

static struct swiotlb_tracker loaded[MAX_LOADED];
static struct swiotlb_tracker loaded_baseline[MAX_LOADED];
static const struct tracker_object *loaded_object[MAX_LOADED];
/* Entries below it never change; stored with release after they were filled in. */
static uint32_t nr_loaded;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static uint32_t count_loaded(void)
{
	return __atomic_load_n(&nr_loaded, __ATOMIC_ACQUIRE);
}

static const struct swiotlb_tracker *find_baseline(uint32_t place)
{
	if (place < swiotlb_nr_baselines)
		return &swiotlb_baselines[place];
	if (place < swiotlb_nr_baselines + count_loaded())
		return &loaded_baseline[place - swiotlb_nr_baselines];
	return NULL;
}

const struct swiotlb_tracker *find_tracker(uint32_t number)
{
	if (number & BASELINE_BIT)
		return find_baseline(number & ~BASELINE_BIT);
	if (number < swiotlb_nr_trackers)
		return &swiotlb_trackers[number];
	if (number < lab_nr_trackers())
		return &loaded[number - swiotlb_nr_trackers];
	return NULL;
}

uint32_t lab_nr_trackers(void)
{
	return swiotlb_nr_trackers + count_loaded();
}

const char *lab_tracker_name(uint32_t tracker)
{
	return find_tracker(tracker)->name;
}

const char *lab_tracker_promise(uint32_t tracker)
{
	return find_tracker(tracker)->promise;
}

const char *lab_compiler(void)
{
#ifdef __clang__
	return __VERSION__;
#else
	return "gcc " __VERSION__;
#endif
}

const char *lab_tracker_compiler(uint32_t tracker)
{
	return tracker < swiotlb_nr_trackers ?
		       lab_compiler() :
		       loaded_object[tracker - swiotlb_nr_trackers]->compiler;
}

size_t lab_tracker_blocks(uint32_t tracker, uint8_t *ran, size_t room)
{
	const struct tracker_object *object;
	size_t blocks;

	if (tracker < swiotlb_nr_trackers || tracker >= lab_nr_trackers())
		return 0;
	object = loaded_object[tracker - swiotlb_nr_trackers];
	blocks = object->blocks();
	for (size_t i = 0; i < blocks && i < room; i++)
		ran[i] = object->ran(i);
	return blocks;
}

size_t lab_area_bytes(uint32_t tracker, uint32_t layout)
{
	return find_tracker(tracker)->ops[layout].area_bytes;
}

int64_t lab_baseline(uint32_t tracker, uint32_t layout)
{
	const uint32_t trackers = lab_nr_trackers();
	const char *compiler;
	uint32_t made_by;
	size_t bytes;

	if (tracker >= trackers || layout >= SWIOTLB_NR_LAYOUTS)
		return -EINVAL;
	bytes = lab_area_bytes(tracker, layout);
	compiler = lab_tracker_compiler(tracker);
	for (uint32_t place = 0; find_baseline(place); place++) {
		/* A loaded one is behind those of the list, as its tracker is. */
		made_by = place < swiotlb_nr_baselines ?
				  0 :
				  swiotlb_nr_trackers + place - swiotlb_nr_baselines;
		if (find_baseline(place)->ops[layout].area_bytes == bytes &&
		    !strcmp(lab_tracker_compiler(made_by), compiler))
			return BASELINE_BIT | place;
	}
	return -EINVAL;
}

/*
 * What is loaded finds the words of instrument_engine.h in this very object, so
 * that it reports to the engine that runs here. Node loads addons privately, and
 * a second, public look at the same object lifts that. In a plain program this
 * does nothing; it must show its symbols itself.
 */
static void show_own_symbols(void)
{
	Dl_info info;

	if (dladdr((void *)(uintptr_t)show_own_symbols, &info))
		dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

static int load_locked(const char *path, const char *name, char *error, size_t size)
{
	const uint32_t at = nr_loaded;
	const struct tracker_object *object;
	char *kept;
	void *handle;

	if (at == MAX_LOADED) {
		snprintf(error, size, "more than %d trackers", MAX_LOADED);
		return -ENOSPC;
	}
	show_own_symbols();
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		snprintf(error, size, "%s", dlerror());
		return -ENOEXEC;
	}
	object = dlsym(handle, TRACKER_OBJECT_SYMBOL);
	if (!object || object->ops_size != sizeof(struct swiotlb_ops)) {
		snprintf(error, size, "the lab's own files do not fit each other: npm run build");
		dlclose(handle);
		return -ENOEXEC;
	}
	kept = strdup(name);
	if (!kept) {
		snprintf(error, size, "out of memory");
		dlclose(handle);
		return -ENOMEM;
	}
	loaded[at] = (struct swiotlb_tracker){
		.name = kept,
		.promise = "",
		.ops = object->ops,
		.instrumented = object->instrumented,
	};
	loaded_baseline[at] = (struct swiotlb_tracker){
		.name = "off",
		.promise = "none",
		.ops = object->baseline_ops,
		.instrumented = object->baseline_instrumented,
	};
	loaded_object[at] = object;
	__atomic_store_n(&nr_loaded, at + 1, __ATOMIC_RELEASE);
	return (int)(swiotlb_nr_trackers + at);
}

int lab_load_tracker(const char *path, const char *name, char *error, size_t size)
{
	int number;

	pthread_mutex_lock(&loading);
	number = load_locked(path, name, error, size);
	pthread_mutex_unlock(&loading);
	return number;
}
