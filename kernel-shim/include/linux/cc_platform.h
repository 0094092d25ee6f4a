/* SPDX-License-Identifier: GPL-2.0-only */
/* Confidential computing: what the platform says of encrypted memory. */
#ifndef SHIM_LINUX_CC_PLATFORM_H
#define SHIM_LINUX_CC_PLATFORM_H

#include <linux/types.h>
#include "../../host/host.h"

/* Simplified: one switch for a guest whose memory is encrypted, off but for a test. */

enum cc_attr {
	CC_ATTR_MEM_ENCRYPT,
	CC_ATTR_HOST_MEM_ENCRYPT,
	CC_ATTR_GUEST_MEM_ENCRYPT,
};

static inline bool cc_platform_has(enum cc_attr attr)
{
	return shim.guest_encrypted && attr != CC_ATTR_HOST_MEM_ENCRYPT;
}

#endif
