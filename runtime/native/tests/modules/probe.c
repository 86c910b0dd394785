/* A module that does everything the interface offers, rightly and wrongly. */
#include <raya/module.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTION(name) static RayaValue *name(RayaContext *ctx, RayaValue **args, size_t argc)
#define UNUSED (void)ctx, (void)args, (void)argc

FUNCTION(nothing) { UNUSED; return NULL; }
FUNCTION(identity) { UNUSED; return args[0]; }
FUNCTION(add) { UNUSED; return raya_value_from_number(ctx, raya_value_to_number(args[0]) + raya_value_to_number(args[1])); }
FUNCTION(add_ints) { UNUSED; return raya_value_from_i32(ctx, raya_value_to_i32(args[0]) + raya_value_to_i32(args[1])); }
FUNCTION(negate) { UNUSED; return raya_value_from_bool(ctx, !raya_value_to_bool(args[0])); }
FUNCTION(is_null) { UNUSED; return raya_value_from_bool(ctx, raya_value_is_null(args[0])); }
FUNCTION(type_of) { UNUSED; return raya_value_from_i32(ctx, raya_value_type(args[0])); }

FUNCTION(length)
{
    UNUSED;
    const char *text = raya_value_to_string(args[0]);
    return raya_value_from_i32(ctx, text == NULL ? -1 : (int32_t)strlen(text));
}

FUNCTION(twice)
{
    UNUSED;
    size_t length = 0;
    const char *text = raya_value_to_string_length(args[0], &length);
    if (text == NULL) return NULL;
    char *copy = malloc(2 * length + 1);
    memcpy(copy, text, length);
    memcpy(copy + length, text, length);
    RayaValue *result = raya_value_from_string_length(ctx, copy, 2 * length);
    free(copy);
    return result;
}

FUNCTION(invalid_text) { UNUSED; return raya_value_from_string(ctx, "ab\xFFz"); }
FUNCTION(null_text) { UNUSED; return raya_value_from_string(ctx, NULL); }

FUNCTION(loaded_nan)
{
    UNUSED;
    /* A NaN whose bits would be a reference if they were not made canonical. */
    uint64_t bits = 0xFFFA000000001000u;
    double number;
    memcpy(&number, &bits, sizeof number);
    return raya_value_from_number(ctx, number);
}

FUNCTION(fail) { UNUSED; return raya_error_new(ctx, "it failed"); }
FUNCTION(fail_coded) { UNUSED; return raya_error_new_with(ctx, "RangeError", "out of reach", "E_REACH"); }
FUNCTION(fail_named) { UNUSED; return raya_error_new_with(ctx, "DeviceError", "unplugged", NULL); }

FUNCTION(own_error)
{
    UNUSED;
    if (raya_value_to_string(args[0]) == NULL) return raya_error_new(ctx, "my own words");
    return NULL;
}

FUNCTION(forgiving)
{
    UNUSED;
    (void)raya_value_to_number(args[0]);
    int pending = raya_error_pending(ctx);
    RayaValue *error = raya_error_take(ctx);
    if (raya_error_pending(ctx)) return NULL;
    return raya_value_from_bool(ctx, pending && error != NULL);
}

FUNCTION(sum)
{
    UNUSED;
    double total = 0, numbers[16];
    size_t length = raya_array_length(args[0]), got;
    for (size_t at = 0; at < length; at += got) {
        got = raya_array_read_numbers(args[0], at, numbers, 16);
        if (got == 0) return NULL;
        for (size_t index = 0; index < got; index++) total += numbers[index];
    }
    return raya_value_from_number(ctx, total);
}

FUNCTION(sum_view)
{
    UNUSED;
    size_t length = 0;
    double total = 0;
    const double *numbers = raya_array_view_numbers(args[0], &length);
    if (numbers == NULL) return raya_value_from_i32(ctx, -1);
    for (size_t index = 0; index < length; index++) total += numbers[index];
    return raya_value_from_number(ctx, total);
}

FUNCTION(sum_ints)
{
    UNUSED;
    int32_t numbers[4];
    size_t got = raya_array_read_i32s(args[0], 1, numbers, 4);
    int32_t total = 0;
    while (got > 0) total += numbers[--got];
    return raya_value_from_i32(ctx, total);
}

FUNCTION(element) { UNUSED; return raya_array_get(args[0], (size_t)raya_value_to_i32(args[1])); }

FUNCTION(squares)
{
    UNUSED;
    int32_t count = raya_value_to_i32(args[0]);
    RayaValue *array = raya_array_new(ctx, (size_t)count);
    for (int32_t index = 0; index < count; index++) raya_array_set(array, (size_t)index, raya_value_from_i32(ctx, index * index));
    return array;
}

FUNCTION(numbers)
{
    UNUSED;
    double values[] = {0.5, NAN, 2};
    return raya_array_from_numbers(ctx, values, 3);
}

FUNCTION(nested)
{
    UNUSED;
    /* Enough handles that marks and values fall on the ends of chunks. */
    RayaValue *outer = raya_array_new(ctx, 3000);
    for (size_t index = 0; index < 3000; index++) {
        RayaValue *inner = raya_object_new(ctx);
        raya_object_set(inner, "index", raya_value_from_i32(ctx, (int32_t)index));
        raya_array_set(outer, index, inner);
    }
    return raya_object_get(raya_array_get(outer, 2999), "index");
}

FUNCTION(set_argument) { UNUSED; raya_array_set(args[0], 0, raya_value_from_i32(ctx, 1)); return NULL; }
FUNCTION(set_property) { UNUSED; raya_object_set(args[0], "x", raya_value_from_i32(ctx, 1)); return NULL; }
FUNCTION(set_inner) { UNUSED; raya_array_set(raya_array_get(args[0], 0), 0, raya_value_from_i32(ctx, 1)); return NULL; }
FUNCTION(set_outside) { UNUSED; raya_array_set(raya_array_new(ctx, 2), 2, args[0]); return NULL; }
FUNCTION(huge_array) { UNUSED; return raya_array_new(ctx, SIZE_MAX); }

FUNCTION(distance)
{
    UNUSED;
    double x = raya_value_to_number(raya_object_get(args[0], "x"));
    double y = raya_value_to_number(raya_object_get(args[0], "y"));
    return raya_value_from_number(ctx, sqrt(x * x + y * y));
}

FUNCTION(has_x) { UNUSED; return raya_value_from_bool(ctx, raya_object_has(args[0], "x")); }
FUNCTION(keys) { UNUSED; return raya_object_keys(ctx, args[0]); }

FUNCTION(make_object)
{
    UNUSED;
    RayaObject *object = raya_object_new(ctx);
    raya_object_set(object, "name", raya_value_from_string(ctx, "raya"));
    raya_object_set(object, "parts", raya_array_new(ctx, 1));
    raya_object_set(object, "nothing", NULL);
    return object;
}

FUNCTION(bytes)
{
    UNUSED;
    uint8_t *memory = NULL;
    int32_t length = raya_value_to_i32(args[0]);
    RayaValue *result = raya_bytes_new(ctx, (size_t)length, &memory);
    for (int32_t at = 0; at < length; at++) memory[at] = (uint8_t)at;
    return result;
}

FUNCTION(sum_bytes)
{
    UNUSED;
    size_t length = 0;
    int32_t total = 0;
    const uint8_t *memory = raya_value_to_bytes(args[0], &length);
    if (memory == NULL) return NULL;
    while (length > 0) total += memory[--length];
    return raya_value_from_i32(ctx, total);
}

FUNCTION(bytes_as_array)
{
    UNUSED;
    RayaArray *array = raya_array_new(ctx, 2);
    raya_array_set(array, 0, args[0]);
    raya_array_set(array, 1, raya_value_from_i32(ctx, 255));
    return array;
}

static RayaValue *remembered;
FUNCTION(remember) { UNUSED; remembered = raya_value_from_string(ctx, "gone"); return NULL; }
FUNCTION(remember_argument) { UNUSED; remembered = args[2]; return NULL; }
FUNCTION(use_remembered) { UNUSED; return remembered; }
FUNCTION(use_remembered_text) { UNUSED; return raya_value_from_bool(ctx, raya_value_to_string(remembered) != NULL); }
FUNCTION(made_up) { UNUSED; return (RayaValue *)(uintptr_t)0x1234567; }
FUNCTION(misaligned) { UNUSED; return (RayaValue *)((char *)args[0] + 4); }
FUNCTION(on_stack)
{
    UNUSED;
    volatile uint64_t local[2] = {1, 2};
    /* Through a number that the compiler does not follow. */
    volatile uintptr_t address = (uintptr_t)local;
    return (RayaValue *)address;
}
FUNCTION(wrong_context) { UNUSED; return raya_value_from_i32((RayaContext *)(uintptr_t)64, 1); }
FUNCTION(null_arguments) { UNUSED; (void)raya_value_to_number(NULL); return NULL; }

static RayaPersistent *kept;
FUNCTION(keep) { UNUSED; kept = raya_persistent_new(ctx, args[0]); return NULL; }
FUNCTION(kept_value) { UNUSED; return raya_persistent_get(ctx, kept); }
FUNCTION(release) { UNUSED; raya_persistent_release(ctx, kept); return NULL; }

static int32_t finalized;
static void finalize(void *data) { finalized += *(int32_t *)data; free(data); }
FUNCTION(counter)
{
    UNUSED;
    int32_t *data = malloc(sizeof *data);
    *data = raya_value_to_i32(args[0]);
    return raya_opaque_new(ctx, "Counter", data, finalize);
}
FUNCTION(count) { UNUSED; int32_t *data = raya_opaque_data(args[0], "Counter"); return data == NULL ? NULL : raya_value_from_i32(ctx, ++*data); }
FUNCTION(count_other) { UNUSED; int32_t *data = raya_opaque_data(args[0], "Timer"); return data == NULL ? NULL : args[0]; }
FUNCTION(finalized_sum) { UNUSED; return raya_value_from_i32(ctx, finalized); }

FUNCTION(call_twice)
{
    UNUSED;
    RayaValue *text = raya_value_from_string(ctx, "before");
    RayaValue *first = raya_call(ctx, args[0], &args[1], 1);
    if (first == NULL) return NULL;
    RayaValue *second = raya_call(ctx, args[0], &first, 1);
    /* What was made before the calls is still there. */
    if (second == NULL || strcmp(raya_value_to_string(text), "before") != 0) return NULL;
    return second;
}

FUNCTION(call_forgiving)
{
    UNUSED;
    if (raya_call(ctx, args[0], &args[1], 1) != NULL) return NULL;
    RayaValue *error = raya_error_take(ctx);
    return raya_object_get(error, "message");
}

static void *on_thread(void *value)
{
    static double number;
    number = raya_value_to_number(value);
    return &number;
}

FUNCTION(other_thread)
{
    UNUSED;
    pthread_t thread;
    void *number = NULL;
    pthread_create(&thread, NULL, on_thread, args[0]);
    pthread_join(thread, &number);
    return raya_value_from_number(ctx, *(double *)number);
}

FUNCTION(capability) { UNUSED; return raya_value_from_bool(ctx, raya_has_capability(ctx, "files-read")); }

static double scaled(double value, int32_t times) { return value * times; }
RAYA_TYPED2(scaled, number, number, int)
static int32_t bytes_of(const char *text, size_t length) { return length > 0 && text[0] == '!' ? -1 : (int32_t)length; }
RAYA_TYPED1(bytes_of, int, string)
static int both(int first, int second) { return first && second; }
RAYA_TYPED2(both, boolean, boolean, boolean)
static int calls_of_quiet;
static void quiet(void) { calls_of_quiet++; }
RAYA_TYPED0(quiet, void)
static int32_t quiet_calls(void) { return calls_of_quiet; }
RAYA_TYPED0(quiet_calls, int)
static double typed_nan(double bits) { (void)bits; uint64_t nan = 0xFFFA000000001000u; double number; memcpy(&number, &nan, sizeof number); return number; }
RAYA_TYPED1(typed_nan, number, number)
static double four(double a, int32_t b, int c, double d) { return a * 1000 + b * 100 + c * 10 + d; }
RAYA_TYPED4(four, number, number, int, boolean, number)

/* Says which of its entries was called. */
FUNCTION(which) { UNUSED; return raya_value_from_string(ctx, "boxed"); }
static int which_typed(const RayaWord (*words)[2], RayaWord *result)
{
    result->text = "typed";
    return words[0][0].number == 0 ? 1 : (result->number = words[0][0].number, 0);
}

RAYA_MODULE_DESCRIPTOR(probe, "declare module \"native:probe\" {\n  export function nothing(): void;\n}\n")

#define ADD(name, arity) raya_module_add_function(builder, #name, name, arity)

RAYA_MODULE_INIT(probe) {
    RayaModuleBuilder *builder = raya_module_builder_new("probe", "1.2.3");
    ADD(nothing, 0); ADD(identity, 1); ADD(add, 2); ADD(add_ints, 2); ADD(negate, 1); ADD(is_null, 1); ADD(type_of, 1);
    ADD(length, 1); ADD(twice, 1); ADD(invalid_text, 0); ADD(null_text, 0); ADD(loaded_nan, 0);
    ADD(fail, 0); ADD(fail_coded, 0); ADD(fail_named, 0); ADD(own_error, 1); ADD(forgiving, 1);
    ADD(sum, 1); ADD(sum_view, 1); ADD(sum_ints, 1); ADD(element, 2); ADD(squares, 1); ADD(numbers, 0); ADD(nested, 0);
    ADD(set_argument, 1); ADD(set_property, 1); ADD(set_inner, 1); ADD(set_outside, 1); ADD(huge_array, 0);
    ADD(distance, 1); ADD(has_x, 1); ADD(keys, 1); ADD(make_object, 0);
    ADD(bytes, 1); ADD(sum_bytes, 1); ADD(bytes_as_array, 1);
    ADD(remember, 0); ADD(remember_argument, 3); ADD(use_remembered, 0); ADD(use_remembered_text, 0); ADD(made_up, 0); ADD(misaligned, 1);
    ADD(on_stack, 0); ADD(wrong_context, 0); ADD(null_arguments, 0);
    ADD(keep, 1); ADD(kept_value, 0); ADD(release, 0);
    ADD(counter, 1); ADD(count, 1); ADD(count_other, 1); ADD(finalized_sum, 0);
    RAYA_ADD_TYPED(builder, scaled); RAYA_ADD_TYPED(builder, bytes_of); RAYA_ADD_TYPED(builder, both);
    RAYA_ADD_TYPED(builder, quiet); RAYA_ADD_TYPED(builder, quiet_calls); RAYA_ADD_TYPED(builder, typed_nan);
    RAYA_ADD_TYPED(builder, four); ADD(which, 1);
    raya_module_add_typed(builder, "which", which_typed, "(number):number");
    ADD(call_twice, 2); ADD(call_forgiving, 2); ADD(other_thread, 1); ADD(capability, 0);
    return raya_module_builder_finish(builder);
}
