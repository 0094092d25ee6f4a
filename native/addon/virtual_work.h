/* SPDX-License-Identifier: GPL-2.0-only */
/* What the virtual engine can run: one kind for each entry of virtual/lab_*.h. */
#ifndef ADDON_VIRTUAL_WORK_H
#define ADDON_VIRTUAL_WORK_H

#include "addon/work.h"

/* A workload, recorded operations and a contended loop in virtual time. */
std::vector<Kind> VirtualKinds();
/* A search of schedules, and a schedule that one found, once more. */
std::vector<Kind> CheckKinds();
/* The costs of this host. */
std::vector<Kind> CalibrateKinds();

#endif /* ADDON_VIRTUAL_WORK_H */
