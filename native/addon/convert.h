/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From JavaScript to the engines' plain structures and back. The TypeScript
 * side has validated everything; what is wrong here is an error of ours, and is
 * thrown with the name of the field.
 */
#ifndef ADDON_CONVERT_H
#define ADDON_CONVERT_H

#include <napi.h>

#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

#include "engine/lab_replay.h"

namespace convert
{

/* A field that must be there: a number, or a bigint of at most 64 bits. */
uint64_t Uint(const Napi::Object &from, const char *name);
/* The same, of at most 32 bits. */
uint32_t Uint32(const Napi::Object &from, const char *name);
double Double(const Napi::Object &from, const char *name);
bool Bool(const Napi::Object &from, const char *name);
Napi::Object Object(const Napi::Object &from, const char *name);
Napi::Array List(const Napi::Object &from, const char *name);
std::vector<uint8_t> Bytes(const Napi::Object &from, const char *name);

lab_pool Pool(const Napi::Object &from);
lab_variant Variant(const Napi::Object &from);

/* The variants of a plan, with the paths that they point to. */
struct Variants {
	std::vector<lab_variant> plain;
	std::deque<std::string> libraries;

	explicit Variants(const Napi::Object &plan);
	Variants(const Variants &) = delete;
	Variants &operator=(const Variants &) = delete;
};

/* A workload, with the sizes that it points to. */
struct Workload {
	lab_workload plain{};
	std::vector<lab_size_range> sizes;

	explicit Workload(const Napi::Object &from);
	Workload(const Workload &) = delete;
	Workload &operator=(const Workload &) = delete;
};

/* A copy of the operations of a plan: the caller may change its buffer meanwhile. */
std::vector<lab_op> Operations(const Napi::Object &plan);
/* The times of @count operations, one for each; or none at all, for null. */
std::vector<double> Times(const Napi::Object &plan, size_t count);
/* A file descriptor, or -1 for null. */
int Descriptor(const Napi::Object &from, const char *name);

struct Number {
	const char *name;
	double value;
};
/* An object with these fields; whole numbers are exact up to 2^53. */
Napi::Object Numbers(Napi::Env env, std::initializer_list<Number> numbers);
template <typename T> Number Whole(const char *name, T value)
{
	return { name, static_cast<double>(value) };
}

/* A list of @count items, each as @item makes it of its index. */
template <typename F> Napi::Array Made(Napi::Env env, size_t count, F item)
{
	auto list = Napi::Array::New(env, count);

	for (uint32_t i = 0; i < count; i++)
		list.Set(i, item(i));
	return list;
}

/* A string; null for NULL. */
Napi::Value Text(Napi::Env env, const char *text);

/* Slots of a count that may have fallen below 0, where it has no sign: with its sign. */
double Slots(uint64_t n);
/* A bound in slots; UINT64_MAX stands for none. */
double Bound(uint64_t n);
/* Slots that were in use for certain; null for UINT64_MAX, where none are known. */
Napi::Value Lower(Napi::Env env, uint64_t n);
Napi::Object Accuracy(Napi::Env env, const lab_accuracy &accuracy);

/* A typed array over memory of the core, which free() returns; null for NULL. */
Napi::Value Doubles(Napi::Env env, double *&values, size_t count);
Napi::Value Int32s(Napi::Env env, int32_t *&values, size_t count);
Napi::Value Uint64s(Napi::Env env, uint64_t *&values, size_t count);

/* An object of arrays, whose memory is the object's from then on; null where nothing was noted. */
Napi::Value Course(Napi::Env env, lab_course &course);

/* {due, made}; null where there is no such work */
Napi::Value Duty(Napi::Env env, const lab_duty &duty);
Napi::Array Duties(Napi::Env env, const lab_duty *duties, size_t count);
/* Looks at neighbours, null for one that saw nothing; null for NULL. */
Napi::Value Lines(Napi::Env env, const lab_line *lines, size_t count);

/* Buckets of all histograms, one after the other. */
Napi::Value Histograms(Napi::Env env, const lab_histogram *histograms, size_t count);

} // namespace convert

#endif /* ADDON_CONVERT_H */
