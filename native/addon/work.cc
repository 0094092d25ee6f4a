// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of work. */
#include "addon/work.h"

#include <cerrno>
#include <string>
#include <vector>

#include "addon/virtual_work.h"
#include "engine/lab_bench.h"

namespace
{

/* One run of a workload that says how accurate its tracker was. */
class AccuracyWork : public PoolWork
{
public:
	Napi::Value Result(Napi::Env env) override
	{
		return convert::Accuracy(env, result_);
	}

protected:
	explicit AccuracyWork(const Napi::Object &plan)
		: PoolWork(plan), workload_(convert::Object(plan, "workload")),
		  steps_(convert::Uint(plan, "steps"))
	{
	}

	convert::Workload workload_;
	uint64_t steps_;
	lab_accuracy result_{};
};

class Serial : public AccuracyWork
{
public:
	explicit Serial(const Napi::Object &plan)
		: AccuracyWork(plan), sample_every_(convert::Uint(plan, "sampleEvery")),
		  wants_course_(convert::Bool(plan, "course"))
	{
	}

	~Serial() override
	{
		lab_course_free(&course_);
	}

	int Run() override
	{
		return lab_run_serial(&pool_, &variant_, &workload_.plain, steps_, sample_every_,
				      &control, &result_, wants_course_ ? &course_ : nullptr);
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = convert::Accuracy(env, result_);

		object.Set("course", convert::Course(env, course_));
		return object;
	}

private:
	uint64_t sample_every_;
	bool wants_course_;
	lab_course course_{};
};

class Accuracy : public AccuracyWork
{
public:
	explicit Accuracy(const Napi::Object &plan)
		: AccuracyWork(plan), sample_period_ns_(convert::Uint(plan, "samplePeriodNs")),
		  instrumented_(convert::Bool(plan, "instrumented"))
	{
	}

	int Run() override
	{
		return lab_run_accuracy(&pool_, &variant_, &workload_.plain, steps_,
					sample_period_ns_, instrumented_, &control, &result_);
	}

private:
	uint64_t sample_period_ns_;
	bool instrumented_;
};

class Bench : public Work
{
public:
	explicit Bench(const Napi::Object &plan)
		: workload_(convert::Object(plan, "workload")), variants_(plan)
	{
		const auto ids = convert::Object(plan, "cpuIds").As<Napi::Array>();

		for (uint32_t i = 0; i < ids.Length(); i++)
			cpu_ids_.push_back(ids.Get(i).ToNumber().Uint32Value());
		if (cpu_ids_.size() != workload_.plain.cpus)
			throw Napi::RangeError::New(plan.Env(), "cpuIds: expected one per thread");
		bench_.pool = convert::Pool(convert::Object(plan, "pool"));
		bench_.variants = variants_.plain.data();
		bench_.nr_variants = static_cast<uint32_t>(variants_.plain.size());
		bench_.workload = workload_.plain;
		bench_.cpu_ids = cpu_ids_.data();
		bench_.rounds = convert::Uint32(plan, "rounds");
		bench_.slice_ns = convert::Uint(plan, "sliceNs");
		bench_.latency_rounds = convert::Uint32(plan, "latencyRounds");
		bench_.sample_period_ns = convert::Uint(plan, "samplePeriodNs");
		bench_.realtime = convert::Bool(plan, "realtime");
	}

	~Bench() override
	{
		lab_bench_result_free(&result_);
	}

	int Run() override
	{
		return lab_run_bench(&bench_, &control, &result_);
	}

	std::string Complaint() const override
	{
		return result_.complaint;
	}

	Napi::Value Result(Napi::Env env) override
	{
		const size_t n = variants_.plain.size();
		const size_t slices = n * bench_.rounds;
		auto object = Napi::Object::New(env);

		object.Set("nsPerPair", convert::Doubles(env, result_.ns_per_pair, slices));
		object.Set("meanNs", convert::Doubles(env, result_.mean_ns, slices));
		object.Set("pairs", convert::Doubles(env, result_.pairs, slices));
		object.Set("failed", convert::Doubles(env, result_.failed, slices));
		object.Set("bytes", convert::Doubles(env, result_.bytes, slices));
		object.Set("seconds", convert::Doubles(env, result_.seconds, slices));
		object.Set("looks", convert::Duties(env, result_.looks, n));
		object.Set("growth", convert::Duties(env, result_.growth, n));
		object.Set("line",
			   convert::Lines(env, result_.line,
					  size_t{ bench_.rounds } + bench_.latency_rounds + 1));
		object.Set("mapNs", convert::Histograms(env, result_.map_ns, n));
		object.Set("unmapNs", convert::Histograms(env, result_.unmap_ns, n));
		object.Set("pairNs", convert::Histograms(env, result_.pair_ns, n));
		object.Set("dropped", result_.dropped);
		object.Set("droppedBy", convert::Doubles(env, result_.dropped_by, n));
		object.Set("timerNs", result_.timer_ns);
		object.Set("pinned", result_.pinned);
		object.Set("realtime", result_.realtime);
		object.Set("oversubscribed", result_.oversubscribed);
		object.Set("cancelled", result_.cancelled);
		return object;
	}

private:
	convert::Workload workload_;
	convert::Variants variants_;
	std::vector<uint32_t> cpu_ids_;
	lab_bench bench_{};
	lab_bench_result result_{};
};

class Replay : public PoolWork
{
public:
	explicit Replay(const Napi::Object &plan) : PoolWork(plan)
	{
		replay_.ops_fd = convert::Descriptor(plan, "operationsFile");
		if (replay_.ops_fd < 0) {
			ops_ = convert::Operations(plan);
			replay_.ops = ops_.data();
			replay_.nr_ops = ops_.size();
		} else {
			replay_.nr_ops = convert::Uint(plan, "operationsCount");
		}
		at_ns_ = convert::Times(plan, replay_.nr_ops);
		replay_.at_ns = at_ns_.empty() ? nullptr : at_ns_.data();
		replay_.at_fd = convert::Descriptor(plan, "atFile");
		replay_.sample_period_ns = convert::Uint(plan, "samplePeriodNs");
		replay_.sample_every = convert::Uint(plan, "sampleEvery");
		replay_.trail = convert::Bool(plan, "trail");
		replay_.course = convert::Bool(plan, "course");
		replay_.placements_fd = convert::Descriptor(plan, "placementsFile");
		replay_.hash_every = convert::Uint(plan, "hashEvery");
		replay_.copies = convert::Bool(plan, "copies");
	}

	~Replay() override
	{
		lab_replay_result_free(&result_);
	}

	int Run() override
	{
		const int rc = lab_replay(&pool_, &variant_, &replay_, &control, &result_);

		/* Which operation is wrong is a result: only the caller knows its line. */
		return rc == -EINVAL && result_.bad_op < replay_.nr_ops ? 0 : rc;
	}

	Napi::Value Result(Napi::Env env) override
	{
		const size_t n = replay_.nr_ops;
		const std::initializer_list<convert::Number> numbers = {
			convert::Whole("resets", result_.resets),
			convert::Whole("expected", result_.expected),
			convert::Whole("misplaced", result_.misplaced),
			convert::Whole("unmovable", result_.unmovable),
			convert::Whole("clockNs", result_.clock_ns),
		};
		auto object = convert::Numbers(env, numbers);

		object.Set("placements",
			   convert::Int32s(env, result_.placements, n * LAB_PLACEMENT_WORDS));
		object.Set("used", convert::Doubles(env, result_.used, n));
		object.Set("hiwater", convert::Doubles(env, result_.hiwater, n));
		object.Set("full", convert::Doubles(env, result_.full, 3 * n));
		object.Set("hashes", convert::Uint64s(env, result_.hashes, result_.nr_hashes));
		object.Set("data", convert::Uint64s(env, result_.data, n));
		object.Set("memory", convert::Uint64s(env, result_.memory, result_.nr_hashes / 2));
		object.Set("badOperation",
			   result_.bad_op < n ? Napi::Value(Napi::Number::New(
							env, static_cast<double>(result_.bad_op))) :
						env.Null());
		object.Set("accuracy", convert::Accuracy(env, result_.accuracy));
		object.Set("course", convert::Course(env, result_.course));
		return object;
	}

private:
	std::vector<lab_op> ops_;
	std::vector<double> at_ns_;
	lab_replay_plan replay_{};
	lab_replay_result result_{};
};

std::vector<Kind> RealKinds()
{
	return { { "serial", Make<Serial> },
		 { "accuracy", Make<Accuracy> },
		 { "bench", Make<Bench> },
		 { "replay", Make<Replay> } };
}

} // namespace

std::unique_ptr<Work> MakeWork(const Napi::Object &plan)
{
	const std::string kind = plan.Get("kind").ToString().Utf8Value();

	for (const auto &kinds : { RealKinds(), VirtualKinds(), CheckKinds(), CalibrateKinds() })
		for (const Kind &k : kinds)
			if (kind == k.name)
				return k.make(plan);
	throw Napi::TypeError::New(plan.Env(), "kind: unknown: " + kind);
}
