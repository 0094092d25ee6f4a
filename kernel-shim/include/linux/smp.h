/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU of the calling thread. */
#ifndef SHIM_LINUX_SMP_H
#define SHIM_LINUX_SMP_H

#include "../../host/host.h"

/* Simplified: the caller of the kernel code says which CPU it is. */

#define raw_smp_processor_id() shim_cpu
#define smp_processor_id() shim_cpu

unsigned int num_possible_cpus(void);

#endif
