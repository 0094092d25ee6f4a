// SPDX-License-Identifier: GPL-2.0-only
/* The conversions. */
#include "addon/convert.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

namespace convert
{

uint64_t Uint(const Napi::Object &from, const char *name)
{
	const Napi::Value value = from.Get(name);
	bool lossless = false;

	if (value.IsBigInt()) {
		const uint64_t n = value.As<Napi::BigInt>().Uint64Value(&lossless);
		if (lossless)
			return n;
	} else if (value.IsNumber()) {
		const double n = value.As<Napi::Number>().DoubleValue();
		if (n >= 0 && n <= 9007199254740992.0)
			return static_cast<uint64_t>(n);
	}
	throw Napi::RangeError::New(from.Env(),
				    std::string(name) + ": expected an unsigned integer");
}

/* A field that must be there and be @what, as @is tells. */
template <typename T>
static T Field(const Napi::Object &from, const char *name, bool (Napi::Value::*is)() const,
	       const char *what)
{
	const Napi::Value value = from.Get(name);

	if (!(value.*is)())
		throw Napi::TypeError::New(from.Env(), std::string(name) + ": expected " + what);
	return value.As<T>();
}

double Double(const Napi::Object &from, const char *name)
{
	return Field<Napi::Number>(from, name, &Napi::Value::IsNumber, "a number").DoubleValue();
}

bool Bool(const Napi::Object &from, const char *name)
{
	return Field<Napi::Boolean>(from, name, &Napi::Value::IsBoolean, "a boolean").Value();
}

Napi::Object Object(const Napi::Object &from, const char *name)
{
	return Field<Napi::Object>(from, name, &Napi::Value::IsObject, "an object");
}

Napi::Array List(const Napi::Object &from, const char *name)
{
	return Field<Napi::Array>(from, name, &Napi::Value::IsArray, "an array");
}

std::vector<uint8_t> Bytes(const Napi::Object &from, const char *name)
{
	const auto buffer =
		Field<Napi::Buffer<uint8_t>>(from, name, &Napi::Value::IsBuffer, "a buffer");

	return { buffer.Data(), buffer.Data() + buffer.Length() };
}

uint32_t Uint32(const Napi::Object &from, const char *name)
{
	const uint64_t n = Uint(from, name);

	if (n > UINT32_MAX)
		throw Napi::RangeError::New(from.Env(), std::string(name) + ": beyond 32 bits");
	return static_cast<uint32_t>(n);
}

lab_pool Pool(const Napi::Object &from)
{
	lab_pool pool{};

	pool.nslabs = Uint(from, "nslabs");
	pool.nareas = Uint32(from, "nareas");
	pool.start = Uint(from, "start");
	pool.mem_offset = Uint32(from, "memOffset");
	pool.can_grow = Bool(from, "canGrow");
	pool.grow_base = Uint(from, "growBase");
	return pool;
}

lab_variant Variant(const Napi::Object &from)
{
	lab_variant variant{};

	variant.tracker = Uint32(from, "tracker");
	variant.layout = Uint32(from, "layout");
	variant.enabled = Bool(from, "enabled");
	variant.batch = Uint(from, "batch");
	variant.tolerance = Uint(from, "tolerance");
	variant.stretch_ns = Uint(from, "stretchNs");
	return variant;
}

Variants::Variants(const Napi::Object &plan)
{
	const auto list = Object(plan, "variants").As<Napi::Array>();

	for (uint32_t i = 0; i < list.Length(); i++) {
		const auto from = list.Get(i).As<Napi::Object>();
		lab_variant variant{};

		if (from.Has("library")) {
			libraries.push_back(from.Get("library").ToString().Utf8Value());
			variant.library = libraries.back().c_str();
		} else {
			variant = Variant(from);
		}
		plain.push_back(variant);
	}
}

Workload::Workload(const Napi::Object &from)
{
	const auto list = Object(from, "sizes").As<Napi::Array>();
	const auto burst = Object(from, "burst");

	for (uint32_t i = 0; i < list.Length(); i++) {
		const auto range = list.Get(i).As<Napi::Object>();

		sizes.push_back({ Uint(range, "first"), Uint(range, "last"), Uint(range, "step"),
				  Uint32(range, "weight") });
	}
	plain.cpus = Uint32(from, "cpus");
	plain.in_flight = Uint32(from, "inFlight");
	plain.order = static_cast<lab_order>(Uint32(from, "order"));
	plain.load = static_cast<lab_load>(Uint32(from, "load"));
	plain.sizes = sizes.data();
	plain.nr_sizes = static_cast<uint32_t>(sizes.size());
	plain.orig_align = Uint(from, "origAlign");
	plain.min_align_mask = Uint32(from, "minAlignMask");
	plain.alloc_align_mask = Uint32(from, "allocAlignMask");
	plain.seg_boundary_mask = Uint(from, "segBoundaryMask");
	plain.direction = static_cast<int>(Uint32(from, "direction"));
	plain.copy = Bool(from, "copy");
	plain.burst.mappings = Uint32(burst, "mappings");
	plain.burst.bytes = Uint(burst, "bytes");
	plain.burst.every = Uint(burst, "every");
	plain.burst.hold = Uint(burst, "hold");
	plain.seed = Uint(from, "seed");
}

std::vector<lab_op> Operations(const Napi::Object &plan)
{
	const Napi::Value value = plan.Get("operations");

	if (!value.IsArrayBuffer() || value.As<Napi::ArrayBuffer>().ByteLength() % sizeof(lab_op))
		throw Napi::TypeError::New(plan.Env(), "operations: expected an ArrayBuffer of "
						       "whole 64-byte operations");
	auto buffer = value.As<Napi::ArrayBuffer>();
	std::vector<lab_op> ops(buffer.ByteLength() / sizeof(lab_op));

	if (!ops.empty())
		std::memcpy(ops.data(), buffer.Data(), ops.size() * sizeof(lab_op));
	return ops;
}

std::vector<double> Times(const Napi::Object &plan, size_t count)
{
	const Napi::Value value = plan.Get("at");

	if (value.IsNull())
		return {};
	if (!value.IsTypedArray() ||
	    value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
	    value.As<Napi::Float64Array>().ElementLength() != count)
		throw Napi::TypeError::New(plan.Env(), "at: expected a Float64Array with one time "
						       "for each operation");
	auto array = value.As<Napi::Float64Array>();
	return { array.Data(), array.Data() + count };
}

int Descriptor(const Napi::Object &from, const char *name)
{
	return from.Get(name).IsNull() ? -1 : static_cast<int>(Uint(from, name));
}

Napi::Object Numbers(Napi::Env env, std::initializer_list<Number> numbers)
{
	auto object = Napi::Object::New(env);

	for (const auto &n : numbers)
		object.Set(n.name, n.value);
	return object;
}

Napi::Value Text(Napi::Env env, const char *text)
{
	return text ? Napi::Value(Napi::String::New(env, text)) : env.Null();
}

double Slots(uint64_t n)
{
	return static_cast<double>(static_cast<int64_t>(n));
}

double Bound(uint64_t n)
{
	return n == UINT64_MAX ? std::numeric_limits<double>::infinity() : static_cast<double>(n);
}

Napi::Value Lower(Napi::Env env, uint64_t n)
{
	return n == UINT64_MAX ? Napi::Value(env.Null()) :
				 Napi::Value(Napi::Number::New(env, static_cast<double>(n)));
}

Napi::Value Duty(Napi::Env env, const lab_duty &duty)
{
	if (!duty.exists)
		return env.Null();
	return Numbers(env, { Whole("due", duty.due), Whole("made", duty.made) });
}

Napi::Array Duties(Napi::Env env, const lab_duty *duties, size_t count)
{
	return Made(env, count, [&](uint32_t i) { return Duty(env, duties[i]); });
}

Napi::Value Lines(Napi::Env env, const lab_line *lines, size_t count)
{
	if (!lines)
		return env.Null();
	return Made(env, count, [&](uint32_t i) -> Napi::Value {
		const lab_line &line = lines[i];

		if (std::isnan(line.furthest_ns))
			return env.Null();
		return Numbers(env, { { "nearestNs", line.nearest_ns },
				      { "furthestNs", line.furthest_ns },
				      { "slowdown", line.slowdown } });
	});
}

Napi::Object Accuracy(Napi::Env env, const lab_accuracy &a)
{
	const std::initializer_list<Number> numbers = {
		Whole("maps", a.maps),
		Whole("unmaps", a.unmaps),
		Whole("failedMaps", a.failed_maps),
		Whole("failedSlots", a.failed_slots),
		Whole("spills", a.spills),
		{ "used", Slots(a.used) },
		{ "hiwater", Slots(a.hiwater) },
		Whole("truthLow", a.truth_low),
		Whole("truthHigh", a.truth_high),
		Whole("demandPeak", a.demand_peak),
		{ "boundUnder", Bound(a.bound_under) },
		{ "boundOver", Bound(a.bound_over) },
		Whole("boundUntil", a.bound_until),
		Whole("locked", a.locked),
		Whole("cmpxchgRetries", a.cmpxchg_retries),
		Whole("full", a.full),
		Whole("fullSize", a.full_size),
		Whole("fullTotal", a.full_total),
		{ "fullUsed", Slots(a.full_used) },
		Whole("nslabs", a.nslabs),
	};
	auto object = Numbers(env, numbers);

	object.Set("lower", Lower(env, a.lower));
	object.Set("reads", a.reads);
	object.Set("unmarked", a.unmarked);
	object.Set("broken", Text(env, a.broken));
	object.Set("looks", Duty(env, a.looks));
	object.Set("growth", Duty(env, a.growth));
	object.Set("cancelled", a.cancelled);
	return object;
}

template <typename Array, typename T>
static Napi::Value Take(Napi::Env env, T *&values, size_t count)
{
	T *taken = values;

	if (!taken)
		return env.Null();
	auto buffer = Napi::ArrayBuffer::New(env, taken, count * sizeof(T),
					     [](Napi::BasicEnv, void *data) { std::free(data); });
	values = nullptr; /* the buffer's from here on, and not before */
	return Array::New(env, count, buffer, 0);
}

Napi::Value Doubles(Napi::Env env, double *&values, size_t count)
{
	return Take<Napi::Float64Array>(env, values, count);
}

Napi::Value Int32s(Napi::Env env, int32_t *&values, size_t count)
{
	return Take<Napi::Int32Array>(env, values, count);
}

Napi::Value Uint64s(Napi::Env env, uint64_t *&values, size_t count)
{
	return Take<Napi::BigUint64Array>(env, values, count);
}

Napi::Value Course(Napi::Env env, lab_course &course)
{
	if (!course.used_low)
		return env.Null();
	const std::initializer_list<Number> numbers = {
		Whole("columns", course.columns),
		Whole("rows", course.rows),
		Whole("areasPerRow", course.areas_per_row),
	};
	auto object = Numbers(env, numbers);

	object.Set("usedLow", Doubles(env, course.used_low, course.parts));
	object.Set("usedHigh", Doubles(env, course.used_high, course.parts));
	object.Set("mark", Doubles(env, course.mark, course.parts));
	object.Set("lower", Doubles(env, course.lower, course.parts));
	object.Set("areaHigh", Doubles(env, course.area_high, course.rows * course.columns));
	object.Set("free", Doubles(env, course.free, course.columns));
	object.Set("longestRun", Doubles(env, course.longest_run, course.columns));
	object.Set("shortestRun", Doubles(env, course.shortest_run, course.columns));
	return object;
}

Napi::Value Histograms(Napi::Env env, const lab_histogram *histograms, size_t count)
{
	auto array = Napi::Float64Array::New(env, count * LAB_HISTOGRAM_BUCKETS);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < LAB_HISTOGRAM_BUCKETS; k++)
			array[i * LAB_HISTOGRAM_BUCKETS + k] =
				static_cast<double>(histograms[i].bucket[k]);
	return array;
}

} // namespace convert
