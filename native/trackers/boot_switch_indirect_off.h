/* SPDX-License-Identifier: GPL-2.0-only */
/* boot-switch-indirect-off - boot-switch-off where code is not patched, as on arm64. */
#define BOOT_SWITCH_INDIRECT
#define BOOT_SWITCH_OFF
#include "trackers/boot_switch.h"
