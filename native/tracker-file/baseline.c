// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user's tracker is measured against: off, with OFF_AREA_WORDS words in each
 * area, which is what the tracker has. Compiled twice, as allocator.c is.
 */
#define TRACKER_ID tracker_file_baseline
#include "trackers/off.h"

#include "swiotlb/instance.h"
