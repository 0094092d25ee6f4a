/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace points. */
#ifndef SHIM_TRACE_EVENTS_SWIOTLB_H
#define SHIM_TRACE_EVENTS_SWIOTLB_H

#include <linux/static_call.h>

/* Empty: nobody listens to a trace point. */

#define trace_swiotlb_bounced(dev, dev_addr, size)                                                 \
	do {                                                                                       \
	} while (0)

#endif
