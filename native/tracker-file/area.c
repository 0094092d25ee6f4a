// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large an area is with the user's tracker in it, for whoever reads what the
 * compiler makes of this. The tracker file is included first, as in allocator.c.
 */
#include "swiotlb/types.h"

char tracker_file_area_bytes[sizeof(struct io_tlb_area)];
