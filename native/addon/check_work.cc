// SPDX-License-Identifier: GPL-2.0-only
/* Searches of schedules, and what they found. */
#include "addon/virtual_work.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "addon/convert.h"
#include "virtual/lab_check.h"

namespace
{

/* Operations as JavaScript packs them, copied. */
Napi::Value Operations(Napi::Env env, const lab_scenario &scenario)
{
	const size_t bytes = scenario.nr_ops * sizeof(lab_op);
	auto buffer = Napi::ArrayBuffer::New(env, bytes);

	if (bytes)
		std::memcpy(buffer.Data(), scenario.ops, bytes);
	return buffer;
}

Napi::Array Tolerances(Napi::Env env, const lab_scenario &scenario)
{
	auto list = Napi::Array::New(env, scenario.nr_tolerances);

	for (uint32_t i = 0; i < scenario.nr_tolerances; i++)
		list.Set(i, static_cast<double>(scenario.tolerances[i]));
	return list;
}

Napi::Array Races(Napi::Env env, const lab_check_totals &totals)
{
	auto list = Napi::Array::New(env);

	for (uint32_t i = 0; i < totals.nr_races; i++) {
		auto sides = Napi::Array::New(env, 2);

		for (uint32_t k = 0; k < 2; k++) {
			const lab_race_side &side = totals.races[i].sides[k];
			auto object = Napi::Object::New(env);

			object.Set("from", static_cast<double>(side.from));
			object.Set("bytes", static_cast<double>(side.size));
			object.Set("write", side.write);
			object.Set("plain", side.plain);
			sides.Set(k, object);
		}
		list.Set(i, sides);
	}
	return list;
}

template <typename T> Napi::Array Pair(Napi::Env env, const T (&values)[2])
{
	auto pair = Napi::Array::New(env, 2);

	for (uint32_t i = 0; i < 2; i++)
		pair.Set(i, convert::Slots(values[i]));
	return pair;
}

/* Null where both runs were alike. */
Napi::Value Differ(Napi::Env env, const lab_differ &differ)
{
	if (!differ.differ)
		return env.Null();
	auto object = Napi::Object::New(env);

	object.Set("accesses", Pair(env, differ.accesses));
	object.Set("used", Pair(env, differ.used));
	object.Set("hiwater", Pair(env, differ.hiwater));
	auto lower = Napi::Array::New(env, 2);

	for (uint32_t i = 0; i < 2; i++)
		lower.Set(i, convert::Lower(env, differ.lower[i]));
	object.Set("lower", lower);
	object.Set("findings", Pair(env, differ.findings));
	return object;
}

/* What a schedule showed; its scenario and choices only where there are any. */
Napi::Object Finding(Napi::Env env, const lab_check_result &r)
{
	auto object = Napi::Object::New(env);
	const struct {
		const char *name;
		double value;
	} numbers[] = {
		{ "schedules", static_cast<double>(r.totals.schedules) },
		{ "accesses", static_cast<double>(r.totals.accesses) },
		{ "until", static_cast<double>(r.totals.until) },
		{ "pastReset", static_cast<double>(r.totals.past_reset) },
		{ "pastTransient", static_cast<double>(r.totals.past_transient) },
		{ "loaded", static_cast<double>(r.totals.loaded) },
		{ "longest", static_cast<double>(r.totals.longest) },
		{ "layout", static_cast<double>(r.scenario.layout) },
		{ "finding", static_cast<double>(r.finding) },
		{ "seed", static_cast<double>(r.seed) },
		{ "nslabs", static_cast<double>(r.scenario.pool.nslabs) },
		{ "nareas", static_cast<double>(r.scenario.pool.nareas) },
		{ "cpus", static_cast<double>(r.scenario.cpus) },
		{ "looks", static_cast<double>(r.scenario.looks) },
		{ "reads", static_cast<double>(r.scenario.reads) },
		{ "switches", static_cast<double>(r.scenario.switches) },
		{ "load", static_cast<double>(r.scenario.load) },
		{ "truth", static_cast<double>(r.truth) },
		{ "low", static_cast<double>(r.low) },
		{ "high", static_cast<double>(r.high) },
		{ "used", convert::Slots(r.used) },
		{ "live", static_cast<double>(r.live) },
		{ "hiwater", convert::Slots(r.hiwater) },
		{ "lowerHigh", static_cast<double>(r.lower_high) },
		{ "readUsed", convert::Slots(r.read_used) },
		{ "readHiwater", convert::Slots(r.read_hiwater) },
		{ "boundUnder", convert::Bound(r.bound_under) },
		{ "boundOver", convert::Bound(r.bound_over) },
	};

	for (const auto &n : numbers)
		object.Set(n.name, n.value);
	object.Set("lower", convert::Lower(env, r.lower));
	object.Set("start", Napi::BigInt::New(env, r.scenario.pool.start));
	object.Set("grow", r.scenario.pool.can_grow);
	object.Set("tolerances", Tolerances(env, r.scenario));
	object.Set("differ", Differ(env, r.differ));
	object.Set("races", Races(env, r.totals));
	object.Set("lateSwitch", r.scenario.late_switch);
	object.Set("operations", Operations(env, r.scenario));
	object.Set("choices",
		   Napi::Buffer<uint8_t>::Copy(env, r.choices ? r.choices : nullptr, r.nr_choices));
	object.Set("broken", r.broken ? Napi::Value(Napi::String::New(env, r.broken)) :
					Napi::Value(env.Null()));
	object.Set("cancelled", r.cancelled);
	return object;
}

class Check : public Work
{
public:
	explicit Check(const Napi::Object &plan)
		: variant_(convert::Variant(convert::Object(plan, "variant")))
	{
		check_.seed = convert::Uint(plan, "seed");
		check_.seeds = convert::Uint(plan, "seeds");
		check_.policy = static_cast<lab_policy>(convert::Uint(plan, "policy"));
		check_.wanted = static_cast<uint32_t>(convert::Uint(plan, "wanted"));
		check_.beside = static_cast<uint32_t>(convert::Uint(plan, "beside"));
		check_.layouts = static_cast<uint32_t>(convert::Uint(plan, "layouts"));
	}

	~Check() override
	{
		lab_check_result_free(&result_);
	}

	int Run() override
	{
		return lab_run_check(&variant_, &check_, &control, &result_);
	}

	Napi::Value Result(Napi::Env env) override
	{
		return Finding(env, result_);
	}

private:
	lab_variant variant_;
	lab_check check_{};
	lab_check_result result_{};
};

class CheckReplay : public Work
{
public:
	explicit CheckReplay(const Napi::Object &plan)
		: variant_(convert::Variant(convert::Object(plan, "variant"))),
		  ops_(convert::Operations(plan)), choices_(Choices(plan))
	{
		found_.seed = convert::Uint(plan, "seed");
		const auto tolerances = convert::List(plan, "tolerances");

		if (tolerances.Length() > LAB_CHECK_MAX_TOLERANCES)
			throw Napi::RangeError::New(plan.Env(), "tolerances: too many");
		for (uint32_t i = 0; i < tolerances.Length(); i++)
			found_.scenario.tolerances[i] =
				static_cast<uint64_t>(tolerances.Get(i).ToNumber().Int64Value());
		found_.scenario.nr_tolerances = tolerances.Length();
		found_.scenario.layout = variant_.layout;
		found_.scenario.pool = convert::Pool(convert::Object(plan, "pool"));
		found_.scenario.cpus = static_cast<uint32_t>(convert::Uint(plan, "cpus"));
		found_.scenario.late_switch = convert::Bool(plan, "lateSwitch");
		found_.scenario.switches = static_cast<uint32_t>(convert::Uint(plan, "switches"));
		found_.scenario.looks = static_cast<uint32_t>(convert::Uint(plan, "looks"));
		found_.scenario.reads = static_cast<uint32_t>(convert::Uint(plan, "reads"));
		found_.scenario.load = convert::Uint(plan, "load");
		found_.scenario.ops = ops_.data();
		found_.scenario.nr_ops = ops_.size();
		found_.choices = choices_.data();
		found_.nr_choices = choices_.size();
	}

	int Run() override
	{
		return lab_check_replay(&variant_, &found_, &result_);
	}

	std::string Complaint() const override
	{
		return "the operations make no sense";
	}

	Napi::Value Result(Napi::Env env) override
	{
		/* The scenario is as it came; the numbers are those of this time. */
		return Finding(env, result_);
	}

private:
	static std::vector<uint8_t> Choices(const Napi::Object &plan)
	{
		const Napi::Value value = plan.Get("choices");

		if (!value.IsBuffer())
			throw Napi::TypeError::New(plan.Env(), "choices: expected a buffer");
		auto buffer = value.As<Napi::Buffer<uint8_t>>();
		return { buffer.Data(), buffer.Data() + buffer.Length() };
	}

	lab_variant variant_;
	std::vector<lab_op> ops_;
	std::vector<uint8_t> choices_;
	lab_check_result found_{};
	lab_check_result result_{};
};

} // namespace

std::unique_ptr<Work> MakeCheck(const Napi::Object &plan)
{
	return std::make_unique<Check>(plan);
}

std::unique_ptr<Work> MakeCheckReplay(const Napi::Object &plan)
{
	return std::make_unique<CheckReplay>(plan);
}
