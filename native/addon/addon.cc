// SPDX-License-Identifier: GPL-2.0-only
/*
 * The N-API binding: start(plan, onProgress) gives { promise, cancel }.
 *
 * A run has a thread of its own, so it never waits for libuv's pool nor keeps
 * others waiting for it. Everything hangs on the environment or on a job, so that
 * workers can load the addon too; only trackers that were loaded are the process's.
 */
#include <napi.h>

#include <chrono>
#include <cstdint>
#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "addon/convert.h"
#include "addon/work.h"
#include "engine/lab_trackers.h"
#include "virtual/lab_check.h"

namespace
{

/* What travels from the run's thread to the JavaScript thread. */
struct Event {
	int rc = 0; /* of the last one */
	lab_progress progress{};
};

/* An error with a code, by which the TypeScript side knows what could not be had. */
Napi::Error ErrorOf(Napi::Env env, int rc, const std::string &complaint = "")
{
	std::string text = std::generic_category().message(-rc);
	const char *code = "";

	if (rc == -ENOMEM) {
		code = "ENOMEM";
		text = "this run needs more memory than could be had";
	} else if (rc == -EAGAIN) {
		code = "EAGAIN";
		text = "this run needs one more thread than this system lets it make";
	} else if (rc == -ENOTSUP) {
		code = "ENOTSUP";
		text = "this run needs stacks of its own, and this process's shadow stack is locked";
	} else if (rc == -ENOSPC || rc == -EFBIG || rc == -EDQUOT) {
		code = rc == -ENOSPC ? "ENOSPC" : rc == -EFBIG ? "EFBIG" : "EDQUOT";
		text = "a temporary file of this run takes no more: " + text;
	} else if (rc == -EINVAL && !complaint.empty()) {
		text = complaint;
	}
	Napi::Error error = Napi::Error::New(env, text);
	if (*code)
		error.Set("code", Napi::String::New(env, code));
	return error;
}

struct Job;
void Deliver(Napi::Env env, Napi::Function on_progress, Job *job, Event *event);
using Channel = Napi::TypedThreadSafeFunction<Job, Event, Deliver>;

struct Job {
	Job(Napi::Env e, std::unique_ptr<Work> w, std::unordered_set<Job *> *owner)
		: env(e), deferred(Napi::Promise::Deferred::New(e)), live(owner), work(std::move(w))
	{
		work->control.progress = &Job::OnProgress;
		work->control.ctx = this;
		live->insert(this);
	}
	~Job()
	{
		live->erase(this);
	}
	Job(const Job &) = delete;
	Job &operator=(const Job &) = delete;

	napi_env env;
	Napi::Promise::Deferred deferred;
	std::unordered_set<Job *> *live; /* the environment's running jobs */
	std::unique_ptr<Work> work;
	Channel channel;
	std::thread thread;
	Event last; /* made ahead: it must not fail when there is no memory left */
	uint64_t last_progress_ns = 0;

	/* On the run's thread; at most twenty times a second. */
	static void OnProgress(void *ctx, const lab_progress *progress)
	{
		auto *job = static_cast<Job *>(ctx);
		const auto now = static_cast<uint64_t>(
			std::chrono::steady_clock::now().time_since_epoch().count());

		if (now - job->last_progress_ns < 50000000)
			return;
		job->last_progress_ns = now;
		std::unique_ptr<Event> event(new (std::nothrow) Event);
		if (!event)
			return; /* a message less */
		event->progress = *progress;
		if (job->channel.NonBlockingCall(event.get()) == napi_ok)
			(void)event.release();
	}

	void Main()
	{
		try {
			last.rc = work->Run();
		} catch (const std::bad_alloc &) {
			last.rc = -ENOMEM;
		}
		(void)channel.NonBlockingCall(&last); /* refused only when the environment ends */
		channel.Release();
	}

	/*
	 * The environment ends with a run under way. Added after the channel, so
	 * it runs before the channel's own clean-up: the thread is joined while
	 * its channel is still valid.
	 */
	static void OnEnvExit(void *arg)
	{
		auto *job = static_cast<Job *>(arg);

		lab_stop(&job->work->control);
		if (job->thread.joinable())
			job->thread.join();
	}

	/* On the JavaScript thread, after the last message and the last release. */
	static void Finalize(Napi::Env, Job *, Job *job)
	{
		if (job->thread.joinable())
			job->thread.join();
		(void)napi_remove_env_cleanup_hook(job->env, &Job::OnEnvExit, job);
		delete job;
	}
};

/* Whatever cannot be built of a result, the promise is kept: it rejects. */
void Settle(Napi::Env env, Job *job)
{
	const int rc = job->last.rc;

	try {
		if (rc != 0)
			job->deferred.Reject(ErrorOf(env, rc, job->work->Complaint()).Value());
		else
			job->deferred.Resolve(job->work->Result(env));
	} catch (const Napi::Error &error) {
		job->deferred.Reject(error.Value());
	} catch (const std::exception &) {
		job->deferred.Reject(ErrorOf(env, -ENOMEM).Value());
	}
}

void Deliver(Napi::Env env, Napi::Function on_progress, Job *job, Event *raw)
{
	std::unique_ptr<Event> event(raw != &job->last ? raw : nullptr);

	if (static_cast<napi_env>(env) == nullptr) /* the environment is closing */
		return;
	if (event) {
		on_progress.Call(
			{ Napi::Number::New(env, static_cast<double>(event->progress.done)),
			  Napi::Number::New(env, static_cast<double>(event->progress.total)) });
		return;
	}
	Settle(env, job);
}

class Addon : public Napi::Addon<Addon>
{
public:
	Addon(Napi::Env, Napi::Object exports)
	{
		DefineAddon(exports, { InstanceMethod("start", &Addon::Start),
				       InstanceMethod("liveRuns", &Addon::LiveRuns),
				       InstanceMethod("compiler", &Addon::Compiler),
				       InstanceMethod("clock", &Addon::Clock),
				       InstanceMethod("trackers", &Addon::Trackers),
				       InstanceMethod("loadTracker", &Addon::LoadTracker),
				       InstanceMethod("trackerTraits", &Addon::TrackerTraits),
				       InstanceMethod("trackerBlocks", &Addon::TrackerBlocks),
				       InstanceMethod("baseline", &Addon::Baseline),
				       InstanceMethod("adjustSize", &Addon::AdjustSize) });
	}

private:
	Napi::Value LiveRuns(const Napi::CallbackInfo &info)
	{
		return Napi::Number::New(info.Env(), static_cast<double>(live_.size()));
	}

	Napi::Value Compiler(const Napi::CallbackInfo &info)
	{
		return Napi::String::New(info.Env(), lab_compiler());
	}

	Napi::Value Clock(const Napi::CallbackInfo &info)
	{
		return Napi::String::New(info.Env(), lab_clock());
	}

	/* The names, in the order that a plan's numbers mean. */
	Napi::Value Trackers(const Napi::CallbackInfo &info)
	{
		auto list = Napi::Array::New(info.Env());

		for (uint32_t i = 0; i < lab_nr_trackers(); i++)
			list.Set(i, lab_tracker_name(i));
		return list;
	}

	/*
	 * loadTracker(path, name): adds it to trackers(), for all environments of
	 * this process, and returns the compiler that made it.
	 */
	Napi::Value LoadTracker(const Napi::CallbackInfo &info)
	{
		const std::string path = info[0].ToString().Utf8Value();
		const std::string name = info[1].ToString().Utf8Value();
		char error[512] = "";
		const int number =
			lab_load_tracker(path.c_str(), name.c_str(), error, sizeof(error));

		if (number < 0)
			throw Napi::Error::New(info.Env(), error);
		return Napi::String::New(info.Env(),
					 lab_tracker_compiler(static_cast<uint32_t>(number)));
	}

	/*
	 * trackerTraits(number): bits of enum lab_beside and of enum tracker_until,
	 * what it promises to a reader, and its two bounds
	 */
	Napi::Value TrackerTraits(const Napi::CallbackInfo &info)
	{
		lab_variant variant{};
		lab_traits traits{};
		auto list = Napi::Array::New(info.Env(), 5);

		variant.tracker = info[0].ToNumber().Uint32Value();
		const int rc = lab_check_traits(&variant, &traits);
		if (rc)
			throw ErrorOf(info.Env(), rc, "trackerTraits: no such tracker");
		list.Set(0u, traits.beside);
		list.Set(1u, traits.until);
		list.Set(2u, Napi::Boolean::New(info.Env(), traits.reads));
		list.Set(3u, convert::Bound(traits.bound_under));
		list.Set(4u, convert::Bound(traits.bound_over));
		return list;
	}

	/* trackerBlocks(number): for each block of its code 1 if a search ran it, or 0 */
	Napi::Value TrackerBlocks(const Napi::CallbackInfo &info)
	{
		const auto tracker = info[0].ToNumber().Uint32Value();
		auto ran =
			Napi::Uint8Array::New(info.Env(), lab_tracker_blocks(tracker, nullptr, 0));

		lab_tracker_blocks(tracker, ran.Data(), ran.ByteLength());
		return ran;
	}

	/*
	 * baseline(number, layout): the number of what it is measured against, which a
	 * variant may name; bytes from one area to the next, of both; and who compiled it
	 */
	Napi::Value Baseline(const Napi::CallbackInfo &info)
	{
		const auto tracker = info[0].ToNumber().Uint32Value();
		const auto layout = info[1].ToNumber().Uint32Value();
		const int64_t number = lab_baseline(tracker, layout);
		auto found = Napi::Array::New(info.Env(), 3);

		if (number < 0)
			throw Napi::Error::New(info.Env(), "baseline: there is none");
		found.Set(0u, static_cast<double>(number));
		found.Set(1u, static_cast<double>(lab_area_bytes(tracker, layout)));
		found.Set(2u, lab_tracker_compiler(tracker));
		return found;
	}

	/* adjustSize(nslabs, nareas): [nslabs, nareas] */
	Napi::Value AdjustSize(const Napi::CallbackInfo &info)
	{
		auto nslabs = static_cast<uint64_t>(info[0].ToNumber().Int64Value());
		auto nareas = info[1].ToNumber().Uint32Value();
		auto pair = Napi::Array::New(info.Env(), 2);

		lab_adjust_size(&nslabs, &nareas);
		pair.Set(0u, static_cast<double>(nslabs));
		pair.Set(1u, static_cast<double>(nareas));
		return pair;
	}

	Napi::Value Start(const Napi::CallbackInfo &info)
	{
		if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsFunction())
			throw Napi::TypeError::New(info.Env(), "start(plan, onProgress)");
		try {
			return StartJob(info);
		} catch (const std::bad_alloc &) {
			throw ErrorOf(info.Env(), -ENOMEM);
		}
	}

	static int StartThread(Job *job)
	{
		try {
			job->thread = std::thread(&Job::Main, job);
			return 0;
		} catch (const std::system_error &) {
			return -EAGAIN;
		} catch (const std::bad_alloc &) {
			return -ENOMEM;
		}
	}

	Napi::Value StartJob(const Napi::CallbackInfo &info)
	{
		Napi::Env env = info.Env();

		auto job = std::make_unique<Job>(env, MakeWork(info[0].As<Napi::Object>()), &live_);
		Job *raw = job.get();
		/* No limit to the queue: the last message must never be refused. */
		raw->channel = Channel::New(env, info[1].As<Napi::Function>(), "swiotlb_lab_run",
					    /*maxQueueSize=*/0, /*initialThreadCount=*/1, raw,
					    &Job::Finalize, raw);
		(void)job.release(); /* Finalize owns it from here */
		(void)napi_add_env_cleanup_hook(env, &Job::OnEnvExit, raw);
		const int rc = StartThread(raw);
		if (rc != 0) {
			raw->deferred.Reject(ErrorOf(env, rc).Value());
			(void)raw->channel.Release(); /* Finalize follows */
		}

		auto handle = Napi::Object::New(env);
		auto *live = &live_;
		handle.Set("promise", raw->deferred.Promise());
		handle.Set("cancel",
			   Napi::Function::New(env, [raw, live](const Napi::CallbackInfo &) {
				   if (live->count(raw) != 0) /* nothing once the run ended */
					   lab_stop(&raw->work->control);
			   }));
		return handle;
	}

	std::unordered_set<Job *> live_;
};

} // namespace

NODE_API_NAMED_ADDON(swiotlb_lab, Addon)
