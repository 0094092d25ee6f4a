/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file of a user becomes: a shared object with one symbol. This
 * folder is compiled beside the user's file, never into the addon.
 */
#ifndef TRACKER_FILE_OBJECT_H
#define TRACKER_FILE_OBJECT_H

#include "swiotlb/swiotlb.h"

/**
 * struct tracker_object - what the shared object holds
 * @ops_size: sizeof(struct swiotlb_ops) of the headers it was compiled with
 * @compiler: that made it, with its version
 * @ops: by layout, see swiotlb_layout_index()
 * @instrumented: the same allocators in the instrumented build
 * @baseline_ops: off, with areas as large as the tracker's
 * @baseline_instrumented: likewise
 * @blocks: how many blocks of code the watched verbs have, see tracker-file/coverage.c; 0
 *	where that is not known
 * @ran: whether a search has run the block with this number
 */
struct tracker_object {
	size_t ops_size;
	const char *compiler;
	const struct swiotlb_ops *ops;
	const struct swiotlb_ops *instrumented;
	const struct swiotlb_ops *baseline_ops;
	const struct swiotlb_ops *baseline_instrumented;
	size_t (*blocks)(void);
	bool (*ran)(size_t number);
};

#define TRACKER_OBJECT_SYMBOL "tracker_object"

#endif /* TRACKER_FILE_OBJECT_H */
