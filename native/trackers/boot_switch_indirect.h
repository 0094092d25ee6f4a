/* SPDX-License-Identifier: GPL-2.0-only */
/* boot-switch-indirect - boot-switch where code is not patched, as on arm64. */
#define BOOT_SWITCH_INDIRECT
#include "trackers/boot_switch.h"
