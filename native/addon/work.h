/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run can be: one class for each entry of engine/lab*.h. */
#ifndef ADDON_WORK_H
#define ADDON_WORK_H

#include <napi.h>

#include <memory>
#include <vector>

#include "addon/convert.h"

/*
 * Made on the JavaScript thread, run on one of its own, and asked for its result
 * on the JavaScript thread again.
 */
class Work
{
public:
	virtual ~Work() = default;
	/* 0 or a negative errno value. */
	virtual int Run() = 0;
	virtual Napi::Value Result(Napi::Env env) = 0;
	/* What to say of -EINVAL. */
	virtual std::string Complaint() const
	{
		return "";
	}

	lab_control control{};
};

/* Work on a pool that it makes, under one tracker. */
class PoolWork : public Work
{
protected:
	explicit PoolWork(const Napi::Object &plan)
		: pool_(convert::Pool(convert::Object(plan, "pool"))),
		  variant_(convert::Variant(convert::Object(plan, "variant")))
	{
	}

	lab_pool pool_;
	lab_variant variant_;
};

/* What plan.kind may name, and what makes the work of it. */
struct Kind {
	const char *name;
	std::unique_ptr<Work> (*make)(const Napi::Object &plan);
};

template <typename T> std::unique_ptr<Work> Make(const Napi::Object &plan)
{
	return std::make_unique<T>(plan);
}

/* The work that plan.kind names; throws for one that is unknown. */
std::unique_ptr<Work> MakeWork(const Napi::Object &plan);

#endif /* ADDON_WORK_H */
