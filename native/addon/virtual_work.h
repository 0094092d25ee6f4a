/* SPDX-License-Identifier: GPL-2.0-only */
/* What the virtual engine can run: one maker for each entry of virtual/lab_*.h. */
#ifndef ADDON_VIRTUAL_WORK_H
#define ADDON_VIRTUAL_WORK_H

#include "addon/work.h"

/* A workload in virtual time. */
std::unique_ptr<Work> MakeVirtual(const Napi::Object &plan);
/* Recorded operations in virtual time. */
std::unique_ptr<Work> MakeVirtualReplay(const Napi::Object &plan);
/* A contended loop in virtual time. */
std::unique_ptr<Work> MakeLoop(const Napi::Object &plan);
/* A search of schedules. */
std::unique_ptr<Work> MakeCheck(const Napi::Object &plan);
/* A schedule that a search found, once more. */
std::unique_ptr<Work> MakeCheckReplay(const Napi::Object &plan);
/* The costs of this host. */
std::unique_ptr<Work> MakeCalibrate(const Napi::Object &plan);

#endif /* ADDON_VIRTUAL_WORK_H */
