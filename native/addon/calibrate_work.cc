// SPDX-License-Identifier: GPL-2.0-only
/* The costs of this host. */
#include "addon/virtual_work.h"

#include <array>
#include <memory>

#include "virtual/lab_calibrate.h"

namespace
{

/* {own, walk, atomic} of each way in which the allocator is timed */
Napi::Array Counted(Napi::Env env, const lab_counted (&counted)[LAB_NR_PROBES])
{
	return convert::Made(env, LAB_NR_PROBES, [&](uint32_t i) {
		const lab_counted &one = counted[i];

		return convert::Numbers(env, { { "own", one.own },
					       { "walk", one.walk },
					       { "atomic", one.atomic } });
	});
}

/* Two CPUs, as the kernel numbers them. */
std::array<unsigned int, 2> Cpus(const Napi::Object &plan)
{
	const auto list = convert::Object(plan, "cpus").As<Napi::Array>();

	if (list.Length() != 2)
		throw Napi::RangeError::New(plan.Env(), "cpus: expected two");
	return { list.Get(0U).ToNumber().Uint32Value(), list.Get(1U).ToNumber().Uint32Value() };
}

class Calibrate : public Work
{
public:
	explicit Calibrate(const Napi::Object &plan)
		: rounds_(convert::Uint32(plan, "rounds")), cpus_(Cpus(plan))
	{
	}

	~Calibrate() override
	{
		lab_calibration_free(&result_);
	}

	int Run() override
	{
		return lab_calibrate(rounds_, cpus_.data(), &control, &result_);
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = Napi::Object::New(env);

		object.Set("copyBytes", convert::Made(env, LAB_CALIBRATION_COPIES, [&](uint32_t i) {
				   return Napi::Number::New(
					   env, static_cast<double>(lab_calibration_bytes[i]));
			   }));
		object.Set("delays", convert::Made(env, LAB_CALIBRATION_DELAYS, [&](uint32_t i) {
				   return Napi::Number::New(env, lab_calibration_delays[i]);
			   }));
		object.Set("map", Counted(env, result_.map));
		object.Set("unmap", Counted(env, result_.unmap));
		object.Set("line", convert::Lines(env, result_.line, result_.rounds + size_t{ 1 }));
		object.Set("samples", convert::Doubles(env, result_.samples,
						       size_t{ LAB_NR_FIGURES } * rounds_));
		object.Set("pinned", result_.pinned);
		object.Set("realtime", result_.realtime);
		return object;
	}

private:
	uint32_t rounds_;
	std::array<unsigned int, 2> cpus_;
	lab_calibration result_{};
};

} // namespace

std::vector<Kind> CalibrateKinds()
{
	return { { "calibrate", Make<Calibrate> } };
}
