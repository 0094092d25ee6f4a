// SPDX-License-Identifier: GPL-2.0-only
/* The lab's allocator with one tracker in it: TRACKER_ID, out of the file TRACKER_FILE. */
#include TRACKER_FILE

#include "swiotlb/instance.h"
