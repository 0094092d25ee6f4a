/* SPDX-License-Identifier: GPL-2.0-only */
/* boot-switch-off - Linux 7.3 as it boots without track_hiwater. */
#define BOOT_SWITCH_OFF
#include "trackers/boot_switch.h"
