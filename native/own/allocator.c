// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator behind a user's tracker file, which the compiler is told to
 * include first. Compiled twice, plain and with LAB_INSTRUMENTED.
 */
#define TRACKER_ID own
#include "swiotlb/instance.h"
