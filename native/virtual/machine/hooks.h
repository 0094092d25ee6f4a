/* SPDX-License-Identifier: GPL-2.0-only */
/* The instrumented build on the virtual machine. */
#ifndef VIRTUAL_HOOKS_H
#define VIRTUAL_HOOKS_H

#include "instrument_engine.h"

/* For the machine that runs on the calling thread. */
extern const struct instrument_engine machine_engine;

#endif /* VIRTUAL_HOOKS_H */
