// SPDX-License-Identifier: GPL-2.0-only
/* The costs of this host. */
#include "addon/virtual_work.h"

#include <memory>

#include "addon/convert.h"
#include "engine/virtual/virtual.h"

namespace
{

Napi::Object Measure(Napi::Env env, const lab_measure &m)
{
	auto object = Napi::Object::New(env);

	object.Set("median", m.median);
	object.Set("low", m.low);
	object.Set("high", m.high);
	object.Set("samples", static_cast<double>(m.samples));
	return object;
}

Napi::Array PairOf(Napi::Env env, const double (&pair)[2])
{
	auto list = Napi::Array::New(env, 2);

	list.Set(0u, pair[0]);
	list.Set(1u, pair[1]);
	return list;
}

Napi::Object CostsOf(Napi::Env env, const lab_costs &c)
{
	auto object = Napi::Object::New(env);
	auto copy = Napi::Array::New(env, c.nr_copy);

	object.Set("own", c.own);
	object.Set("atomic", c.atomic);
	object.Set("shared", c.shared);
	object.Set("core", c.core);
	object.Set("socket", c.socket);
	object.Set("hold", c.hold);
	object.Set("handover", c.handover);
	object.Set("map", PairOf(env, c.map));
	object.Set("search", PairOf(env, c.search));
	object.Set("unmap", PairOf(env, c.unmap));
	object.Set("release", PairOf(env, c.release));
	for (uint32_t i = 0; i < c.nr_copy; i++) {
		auto one = Napi::Object::New(env);

		one.Set("bytes", c.copy[i].bytes);
		one.Set("ns", c.copy[i].ns);
		copy.Set(i, one);
	}
	object.Set("copy", copy);
	object.Set("socketBytesPerNs", c.socket_bytes_per_ns);
	return object;
}

class Calibrate : public Work
{
public:
	explicit Calibrate(const Napi::Object &plan)
		: rounds_(static_cast<uint32_t>(convert::Uint(plan, "rounds")))
	{
	}

	int Run() override
	{
		return lab_calibrate(rounds_, &control, &result_);
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = Napi::Object::New(env);
		auto copy = Napi::Array::New(env, LAB_CALIBRATION_COPIES);
		const struct {
			const char *name;
			const lab_measure &measure;
		} measures[] = {
			{ "own", result_.own },
			{ "atomic", result_.atomic },
			{ "lock", result_.lock },
			{ "core", result_.core },
			{ "contended", result_.contended },
			{ "handover", result_.handover },
			{ "mapRunCounts", result_.map[0] },
			{ "mapBitmap", result_.map[1] },
			{ "unmapRunCounts", result_.unmap[0] },
			{ "unmapBitmap", result_.unmap[1] },
		};

		for (const auto &m : measures)
			object.Set(m.name, Measure(env, m.measure));
		for (uint32_t i = 0; i < LAB_CALIBRATION_COPIES; i++) {
			auto one = Measure(env, result_.copy[i]);

			one.Set("bytes", result_.copy_bytes[i]);
			copy.Set(i, one);
		}
		object.Set("copy", copy);
		object.Set("costs", CostsOf(env, result_.costs));
		object.Set("pinned", result_.pinned);
		return object;
	}

private:
	uint32_t rounds_;
	lab_calibration result_{};
};

} // namespace

std::unique_ptr<Work> MakeCalibrate(const Napi::Object &plan)
{
	return std::make_unique<Calibrate>(plan);
}
