// SPDX-License-Identifier: GPL-2.0-only
/* Workloads, recorded operations and loops in virtual time. */
#include "addon/virtual_work.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "virtual/lab_loop.h"
#include "virtual/lab_recorded.h"

namespace
{

/* A cost by slot index: run counts, bitmap. */
void Pair(const Napi::Object &from, const char *name, double (&pair)[2])
{
	const auto list = convert::List(from, name);

	for (uint32_t i = 0; i < 2; i++)
		pair[i] = list.Get(i).ToNumber().DoubleValue();
}

lab_topology Topology(const Napi::Object &from)
{
	return { convert::Uint32(from, "sockets"), convert::Uint32(from, "cores"),
		 convert::Uint32(from, "threads"), convert::Uint32(from, "complexCores") };
}

lab_costs Costs(const Napi::Object &from)
{
	const auto copy = convert::List(from, "copy");
	lab_costs costs{};

	if (copy.Length() > LAB_VIRTUAL_MAX_COPY_COSTS)
		throw Napi::RangeError::New(from.Env(), "copy: too many sizes");
	costs.own = convert::Double(from, "own");
	costs.walk = convert::Double(from, "walk");
	costs.atomic = convert::Double(from, "atomic");
	costs.shared = convert::Double(from, "shared");
	costs.core = convert::Double(from, "core");
	costs.complex = convert::Double(from, "complex");
	costs.socket = convert::Double(from, "socket");
	costs.lone_lines = !convert::Bool(from, "pairs");
	costs.hold = convert::Double(from, "hold");
	costs.follow = convert::Double(from, "follow");
	costs.handover = convert::Double(from, "handover");
	costs.clock = convert::Double(from, "clock");
	Pair(from, "map", costs.map);
	Pair(from, "search", costs.search);
	Pair(from, "unmap", costs.unmap);
	Pair(from, "release", costs.release);
	for (uint32_t i = 0; i < copy.Length(); i++) {
		const auto one = copy.Get(i).As<Napi::Object>();

		costs.copy[i] = { convert::Double(one, "bytes"), convert::Double(one, "ns") };
	}
	costs.nr_copy = copy.Length();
	costs.socket_bytes_per_ns = convert::Double(from, "socketBytesPerNs");
	return costs;
}

template <size_t N> Napi::Array Values(Napi::Env env, const double (&values)[N])
{
	return convert::Made(env, N, [&](uint32_t i) { return Napi::Number::New(env, values[i]); });
}

Napi::Array Lines(Napi::Env env, const lab_line_stats (&lines)[LAB_NR_LINE_CLASSES])
{
	return convert::Made(env, LAB_NR_LINE_CLASSES, [&](uint32_t i) {
		const lab_line_stats &line = lines[i];

		const std::initializer_list<convert::Number> numbers = {
			convert::Whole("accesses", line.accesses),
			convert::Whole("fromCore", line.from_core),
			convert::Whole("fromSocket", line.from_socket),
			{ "waitedNs", line.waited_ns },
			{ "queuedNs", line.queued_ns },
		};

		return convert::Numbers(env, numbers);
	});
}

Napi::Array Sites(Napi::Env env, const lab_site_stats (&sites)[2][LAB_NR_SITES])
{
	return convert::Made(env, 2, [&](uint32_t unmap) {
		return convert::Made(env, LAB_NR_SITES, [&](uint32_t i) {
			const lab_site_stats &site = sites[unmap][i];

			return convert::Numbers(env, { convert::Whole("count", site.count),
						       { "ns", site.ns } });
		});
	});
}

Napi::Object VirtualResult(Napi::Env env, const lab_virtual_result &r)
{
	const std::initializer_list<convert::Number> numbers = {
		convert::Whole("truth", r.truth),
		{ "virtualNs", r.virtual_ns },
		convert::Whole("pairs", r.pairs),
		convert::Whole("bytes", r.bytes),
		{ "pairsPerSecond", r.pairs_per_second },
		{ "nsPerPair", r.ns_per_pair },
		convert::Whole("locks", r.locks),
		convert::Whole("locksWaited", r.locks_waited),
		convert::Whole("steps", r.steps),
		convert::Whole("accesses", r.accesses),
	};
	auto object = convert::Numbers(env, numbers);

	object.Set("accuracy", convert::Accuracy(env, r.accuracy));
	object.Set("spentNs", Values(env, r.spent_ns));
	object.Set("windowNs", Values(env, r.window_ns));
	object.Set("lines", Lines(env, r.lines));
	object.Set("sites", Sites(env, r.sites));
	object.Set("mapNs", convert::Histograms(env, &r.map_ns, 1));
	object.Set("unmapNs", convert::Histograms(env, &r.unmap_ns, 1));
	object.Set("pairNs", convert::Histograms(env, &r.pair_ns, 1));
	object.Set("deadlocked", r.deadlocked);
	object.Set("outOfTime", r.out_of_time);
	return object;
}

/* What to say of a field that a check does not like; nothing where it likes all. */
std::string Refused(const char *field)
{
	return field ? std::string(field) + ": the virtual engine cannot run this" : "";
}

/* What runs in virtual time: a topology, and what each thing costs there. */
class VirtualWork : public PoolWork
{
protected:
	explicit VirtualWork(const Napi::Object &plan) : PoolWork(plan)
	{
		setup_.topology = Topology(convert::Object(plan, "topology"));
		setup_.costs = Costs(convert::Object(plan, "costs"));
		setup_.sample_period_ns = convert::Double(plan, "samplePeriodNs");
		events_.fd = convert::Descriptor(plan, "eventsFile");
		events_.most = convert::Uint(plan, "mostEvents");
		setup_.events = &events_;
	}

	/* What was logged is the plan's, whatever else it gives. */
	Napi::Object WithEvents(Napi::Env env, Napi::Object result) const
	{
		const std::initializer_list<convert::Number> numbers = {
			convert::Whole("kept", events_.kept),
			convert::Whole("lost", events_.lost),
			{ "lostFromNs", static_cast<double>(events_.lost_from_ps) / 1000 },
			{ "lostToNs", static_cast<double>(events_.lost_to_ps) / 1000 },
		};

		result.Set("events", convert::Numbers(env, numbers));
		return result;
	}

	lab_virtual setup_{};

private:
	lab_events events_{};
};

class Virtual : public VirtualWork
{
public:
	explicit Virtual(const Napi::Object &plan)
		: VirtualWork(plan), workload_(convert::Object(plan, "workload"))
	{
		setup_.steps = convert::Uint(plan, "steps");
		setup_.warm_steps = convert::Uint(plan, "warmSteps");
	}

	int Run() override
	{
		return lab_run_virtual(&pool_, &variant_, &workload_.plain, &setup_, &control,
				       &result_);
	}

	std::string Complaint() const override
	{
		return Refused(lab_virtual_check(&pool_, &workload_.plain, &setup_));
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = WithEvents(env, VirtualResult(env, result_));

		object.Set("halfNs", Values(env, result_.half_ns));
		return object;
	}

private:
	convert::Workload workload_;
	lab_virtual_result result_{};
};

class VirtualReplay : public VirtualWork
{
public:
	explicit VirtualReplay(const Napi::Object &plan)
		: VirtualWork(plan), ops_(convert::Operations(plan)),
		  at_ns_(convert::Times(plan, ops_.size()))
	{
		recorded_.ops = ops_.data();
		recorded_.nr_ops = ops_.size();
		recorded_.at_ns = at_ns_.empty() ? nullptr : at_ns_.data();
		recorded_.copy = convert::Bool(plan, "copy");
		recorded_.seed = convert::Uint(plan, "seed");
	}

	int Run() override
	{
		return lab_replay_virtual(&pool_, &variant_, &recorded_, &setup_, &control,
					  &result_);
	}

	std::string Complaint() const override
	{
		const std::string refused =
			Refused(lab_recorded_check(&pool_, &recorded_, &setup_));

		if (!refused.empty())
			return refused;
		return "operation " + std::to_string(result_.bad_op) + " makes no sense";
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = WithEvents(env, VirtualResult(env, result_.run));

		object.Set("halfNs", Napi::Array::New(env));
		object.Set("skipped", static_cast<double>(result_.skipped));
		object.Set("waits", static_cast<double>(result_.waits));
		object.Set("waitedNs", result_.waited_ns);
		object.Set("longestWaitNs", result_.longest_wait_ns);
		object.Set("cpus", static_cast<double>(result_.cpus));
		object.Set("atWork", result_.at_work);
		object.Set("together", static_cast<double>(result_.together));
		object.Set("togetherNs", result_.together_ns);
		object.Set("lateNs", result_.late_ns);
		object.Set("latestNs", result_.latest_ns);
		return object;
	}

private:
	std::vector<lab_op> ops_;
	std::vector<double> at_ns_;
	lab_recorded recorded_{};
	lab_recorded_result result_{};
};

class Loop : public Work
{
public:
	explicit Loop(const Napi::Object &plan)
	{
		loop_.topology = Topology(convert::Object(plan, "topology"));
		loop_.costs = Costs(convert::Object(plan, "costs"));
		loop_.kind = convert::Bool(plan, "exchange") ? LAB_LOOP_EXCHANGE : LAB_LOOP_ADD;
		loop_.cpus = convert::Uint32(plan, "cpus");
		loop_.duration_ns = convert::Double(plan, "durationNs");
		loop_.seed = convert::Uint(plan, "seed");
	}

	int Run() override
	{
		return lab_run_loop(&loop_, &control, &result_);
	}

	std::string Complaint() const override
	{
		return Refused(lab_loop_check(&loop_));
	}

	Napi::Value Result(Napi::Env env) override
	{
		auto object = Napi::Object::New(env);

		object.Set("nsPerChange", result_.ns_per_change);
		object.Set("attempts", result_.attempts);
		object.Set("changes", static_cast<double>(result_.changes));
		return object;
	}

private:
	lab_loop loop_{};
	lab_loop_result result_{};
};

} // namespace

std::vector<Kind> VirtualKinds()
{
	return { { "virtual", Make<Virtual> },
		 { "virtual-replay", Make<VirtualReplay> },
		 { "loop", Make<Loop> } };
}
