/* SPDX-License-Identifier: GPL-2.0-only */
/* The trackers that a variant may name, and facts about how all this was built. */
#ifndef LAB_TRACKERS_H
#define LAB_TRACKERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The compiler that made this, with its version. */
const char *lab_compiler(void);
/* What time stamps are made of here: "tsc", "cntvct_el0" or "clock_gettime". */
const char *lab_clock(void);
/* The trackers that a variant may name, those that were loaded included. */
uint32_t lab_nr_trackers(void);
const char *lab_tracker_name(uint32_t tracker);
/* Empty for one that was loaded: ask its bounds. */
const char *lab_tracker_promise(uint32_t tracker);
/**
 * lab_tracker_blocks() - which of a loaded tracker's code searches of this process ran
 * @ran: for each block of its code, in the order of the object; the first @room
 *
 * Return: how many blocks there are; 0 where that is not known.
 */
size_t lab_tracker_blocks(uint32_t tracker, uint8_t *ran, size_t room);
/* The compiler that made its allocator. */
const char *lab_tracker_compiler(uint32_t tracker);
/* Bytes from one of its areas to the next, in this layout. */
size_t lab_area_bytes(uint32_t tracker, uint32_t layout);

/**
 * lab_baseline() - what a tracker is to be measured against
 * @tracker: of the list, or loaded
 * @layout: swiotlb_layout_index()
 *
 * An off whose areas lie as far apart as the tracker's in this layout, made by
 * the same compiler. Its number is one that a variant may name; trackers that
 * have the same baseline get the same number. It is not among the trackers that
 * lab_nr_trackers() counts.
 *
 * Return: the number, or -EINVAL for a tracker or a layout that is not there.
 */
int64_t lab_baseline(uint32_t tracker, uint32_t layout);

/**
 * lab_load_tracker() - add a tracker from a shared object, built as native/tracker-file is
 * @path: of the object; it stays loaded for good
 * @name: what the tracker is called from now on
 * @error: what went wrong, in words, cut at @size bytes
 *
 * Runs the object's constructors. Any thread.
 *
 * Return: its number, or -ENOEXEC, -ENOMEM or -ENOSPC.
 */
int lab_load_tracker(const char *path, const char *name, char *error, size_t size);
/* Rounds slots and areas as the boot parameter is rounded. */
void lab_adjust_size(uint64_t *nslabs, uint32_t *nareas);

#ifdef __cplusplus
}
#endif

#endif /* LAB_TRACKERS_H */
