// SPDX-License-Identifier: GPL-2.0-only
/* Searches of schedules, and what they found. */
#include "addon/virtual_work.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

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
	return convert::Made(env, scenario.nr_tolerances, [&](uint32_t i) {
		return Napi::Number::New(env, static_cast<double>(scenario.tolerances[i]));
	});
}

Napi::Object RaceSide(Napi::Env env, const lab_race_side &side)
{
	auto object = convert::Numbers(env, { convert::Whole("from", side.from),
					      convert::Whole("bytes", side.size) });

	object.Set("write", side.write);
	object.Set("plain", side.plain);
	return object;
}

Napi::Array Races(Napi::Env env, const lab_check_totals &totals)
{
	return convert::Made(env, totals.nr_races, [&](uint32_t i) {
		const auto &sides = totals.races[i].sides;

		return convert::Made(env, 2, [&](uint32_t k) { return RaceSide(env, sides[k]); });
	});
}

template <typename T> Napi::Array Pair(Napi::Env env, const T (&values)[2])
{
	return convert::Made(env, 2, [&](uint32_t i) {
		return Napi::Number::New(env, convert::Slots(values[i]));
	});
}

/* What was done, step by step; empty of a search. */
Napi::Array Steps(Napi::Env env, const lab_check_result &r)
{
	return convert::Made(env, static_cast<uint32_t>(r.nr_steps), [&](uint32_t i) {
		const lab_step &step = r.steps[i];

		return convert::Numbers(env, { convert::Whole("kind", step.kind),
					       convert::Whole("cpu", step.cpu),
					       convert::Whole("word", step.word.kind),
					       { "pool", static_cast<double>(step.word.pool) },
					       convert::Whole("area", step.word.area),
					       convert::Whole("at", step.word.at),
					       convert::Whole("bytes", step.bytes),
					       { "before", static_cast<double>(step.before) },
					       { "after", static_cast<double>(step.after) },
					       convert::Whole("from", step.from) });
	});
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
	object.Set("lower", convert::Made(env, 2, [&](uint32_t i) {
			   return convert::Lower(env, differ.lower[i]);
		   }));
	object.Set("findings", Pair(env, differ.findings));
	return object;
}

/* What a scenario says beside its pool and its operations, as it comes and as it goes. */
const struct {
	const char *name;
	uint32_t lab_scenario::*at;
} scenario_numbers[] = {
	{ "cpus", &lab_scenario::cpus },   { "switches", &lab_scenario::switches },
	{ "looks", &lab_scenario::looks }, { "reads", &lab_scenario::reads },
	{ "clock", &lab_scenario::clock }, { "stretchNs", &lab_scenario::stretch_ns },
};

/* What a schedule showed; its scenario and choices only where there are any. */
Napi::Object Finding(Napi::Env env, const lab_check_result &r)
{
	const std::initializer_list<convert::Number> numbers = {
		convert::Whole("schedules", r.totals.schedules),
		convert::Whole("accesses", r.totals.accesses),
		convert::Whole("until", r.totals.until),
		convert::Whole("pastReset", r.totals.past_reset),
		convert::Whole("pastTransient", r.totals.past_transient),
		convert::Whole("loaded", r.totals.loaded),
		convert::Whole("longest", r.totals.longest),
		convert::Whole("mostSlots", r.totals.most_slots),
		convert::Whole("mostAreas", r.totals.most_areas),
		convert::Whole("mostCpus", r.totals.most_cpus),
		convert::Whole("mostUsed", r.totals.most_used),
		convert::Whole("layout", r.scenario.layout),
		convert::Whole("finding", r.finding),
		convert::Whole("seed", r.seed),
		convert::Whole("nslabs", r.scenario.pool.nslabs),
		convert::Whole("nareas", r.scenario.pool.nareas),
		convert::Whole("load", r.scenario.load),
		convert::Whole("truth", r.truth),
		convert::Whole("low", r.low),
		convert::Whole("high", r.high),
		{ "used", convert::Slots(r.used) },
		convert::Whole("live", r.live),
		{ "hiwater", convert::Slots(r.hiwater) },
		convert::Whole("lowerHigh", r.lower_high),
		{ "readUsed", convert::Slots(r.read_used) },
		{ "readHiwater", convert::Slots(r.read_hiwater) },
		{ "boundUnder", convert::Bound(r.bound_under) },
		{ "boundOver", convert::Bound(r.bound_over) },
	};
	auto object = convert::Numbers(env, numbers);

	for (const auto &number : scenario_numbers)
		object.Set(number.name, r.scenario.*number.at);
	object.Set("lower", convert::Lower(env, r.lower));
	object.Set("start", Napi::BigInt::New(env, r.scenario.pool.start));
	object.Set("grow", r.scenario.pool.can_grow);
	object.Set("tolerances", Tolerances(env, r.scenario));
	object.Set("differ", Differ(env, r.differ));
	object.Set("races", Races(env, r.totals));
	object.Set("steps", Steps(env, r));
	object.Set("stepsCut", r.steps_cut);
	object.Set("lateSwitch", r.scenario.late_switch);
	object.Set("watched", r.scenario.watched);
	object.Set("operations", Operations(env, r.scenario));
	object.Set("choices",
		   Napi::Buffer<uint8_t>::Copy(env, r.choices ? r.choices : nullptr, r.nr_choices));
	object.Set("broken", convert::Text(env, r.broken));
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
		check_.policy = static_cast<lab_policy>(convert::Uint32(plan, "policy"));
		check_.wanted = convert::Uint32(plan, "wanted");
		check_.beside = convert::Uint32(plan, "beside");
		check_.layouts = convert::Uint32(plan, "layouts");
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
	~CheckReplay() override
	{
		lab_check_result_free(&result_);
	}

	explicit CheckReplay(const Napi::Object &plan)
		: variant_(convert::Variant(convert::Object(plan, "variant"))),
		  ops_(convert::Operations(plan)), choices_(convert::Bytes(plan, "choices"))
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
		for (const auto &number : scenario_numbers)
			found_.scenario.*number.at = convert::Uint32(plan, number.name);
		found_.scenario.late_switch = convert::Bool(plan, "lateSwitch");
		found_.scenario.watched = convert::Bool(plan, "watched");
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
	lab_variant variant_;
	std::vector<lab_op> ops_;
	std::vector<uint8_t> choices_;
	lab_check_result found_{};
	lab_check_result result_{};
};

} // namespace

std::vector<Kind> CheckKinds()
{
	return { { "check", Make<Check> }, { "check-replay", Make<CheckReplay> } };
}
