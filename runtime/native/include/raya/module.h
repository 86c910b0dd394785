/*
 * raya/module.h - native modules for Raya in C and C++.
 *
 * THE MODEL
 *
 * Module.   A module is a library with two functions. The host calls raya_module_bind_NAME once, which gives the module
 *           the host's table of functions, and then raya_module_init_NAME, which gives the host the module's functions.
 *           RAYA_MODULE_INIT(NAME) writes the first, opens the second, and leaves a note in the object file that says
 *           which ABI version this header has, so that the host can refuse a module without running it.
 *           NAME is [a-z][a-z0-9_]*, at most 63 bytes, and is what programs import as "native:NAME".
 *           Every function below goes through that table: an object file that includes this header has no undefined
 *           symbols of Raya's, and the same object file serves a shared library and a static archive.
 *
 * Call.     A native function receives a context, its arguments and their number. The host has checked the number
 *           against the arity it was registered with. The context is valid for this call, on this thread.
 *
 * Value.    A RayaValue* is a handle. It is valid until the call that received or made it returns, and needs no release.
 *           Keep nothing of it: raya_persistent_new keeps a value for longer. Arguments, and everything reached through
 *           them, are read-only. A handle that points at nothing of the running call, or NULL where a value is wanted, is
 *           an error, never a crash. But places are used again: a handle that was kept may point at a value of a later
 *           call by then, an argument say, and nothing can tell it from that value's own handle.
 *
 * Strings.  UTF-8, NUL-terminated. What you are given belongs to the host and stays until the call ends; what you give
 *           is copied, so you may free it at once. A string that holds NUL needs the functions with a length.
 *
 * Errors.   Where an argument is not what a function asks for, it gives 0 or NULL, and a TypeError that names function
 *           and argument is *pending*: it is thrown when your function returns, unless it returns an error of its own.
 *           So code may convert all its arguments first and look later, or not at all. Return raya_error_new(...) to
 *           throw (a function that Raya declares to return Result gives it as a value instead). The first pending error
 *           wins. A C++ exception that leaves a native function becomes an error with its what().
 *
 * Results.  Return a handle, or NULL for null. It is checked against the type that Raya declares; an int passes for a
 *           number, an array of ints from 0 to 255 for a Uint8Array.
 *
 * Threads.  The functions may be called by the thread that runs the native function, while it runs. Elsewhere they give
 *           0 or NULL, except raya_task_complete and raya_task_is_cancelled, which work on every thread.
 *
 * Tasks.    A native function that takes long would stop all of the program's tasks. One that Raya declares to return
 *           Task<T> returns a task instead, and what it does goes on elsewhere: raya_task_run does blocking work on a thread
 *           of the host's pool, raya_task_new leaves it to the module who completes the task, and when. What the task gives
 *           is made by a function of the module, `finish`, which runs like a native function on the program's thread once
 *           the task was completed. So nothing of Raya is touched from another thread: work reads and writes its own data.
 *
 *               typedef struct { char *path; char *text; } Job;
 *               static void work(RayaTask *task, void *data)          { Job *job = data; job->text = read_all(job->path); }
 *               static RayaValue *finish(RayaContext *ctx, void *data) { return raya_value_from_string(ctx, ((Job *)data)->text); }
 *               static void release(void *data)                       { ... }
 *               ... return raya_task_run(ctx, work, finish, NULL, release, job);
 */
#ifndef RAYA_MODULE_H
#define RAYA_MODULE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus) && defined(__cpp_exceptions)
#include <cxxabi.h>
#include <exception>
#include <stdlib.h>
#include <typeinfo>
#endif

/** The version of this interface. A host runs modules of its own major version, up to its own minor version. */
#define RAYA_ABI_VERSION_MAJOR 1
#define RAYA_ABI_VERSION_MINOR 1
#define RAYA_ABI_VERSION_PATCH 0
/** As modules record it: major * 65536 + minor * 256 + patch. */
#define RAYA_ABI_VERSION \
    ((uint32_t)(RAYA_ABI_VERSION_MAJOR * 65536 + RAYA_ABI_VERSION_MINOR * 256 + RAYA_ABI_VERSION_PATCH))

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- Types ------------------------------------------------------------------------------------------------------ */

/** Opaque handle to a running native call. */
typedef struct RayaContext RayaContext;

/** Opaque handle to a value. */
typedef struct RayaValue RayaValue;

/** A handle that is known to hold an array, and one that is known to hold an object: the same handles, other names. */
typedef RayaValue RayaArray;
typedef RayaValue RayaObject;

/** A value that is kept beyond a call. */
typedef struct RayaPersistent RayaPersistent;

/** A module under construction. */
typedef struct RayaModuleBuilder RayaModuleBuilder;

/** A native function. */
typedef RayaValue *(*RayaNativeFunction)(RayaContext *ctx, RayaValue **args, size_t argc);

/** A machine word that a typed entry reads or writes; which field counts is said by its signature. */
typedef union RayaWord {
    double number;    /* a number */
    int32_t i32;      /* an int, or a boolean: 0 is false */
    const char *text; /* the bytes of a string, which need not end with NUL */
    size_t length;    /* their number */
} RayaWord;

/** The typed entry of a function: two words for each parameter (the second is the length of a string) and one for the
 *  result. It gives 0; or anything else, after it set `result->text` to a message that stays until its next call: that is
 *  thrown. It may use no function of this header and let no exception out. */
typedef int (*RayaTypedFunction)(const RayaWord (*words)[2], RayaWord *result);

/** A function of a module. */
typedef struct RayaFunctionDescriptor {
    const char *name;        /* "hash" */
    RayaNativeFunction func; /* Function pointer */
    size_t arity;            /* Number of parameters */
} RayaFunctionDescriptor;

/** A module. It lives as long as the program. */
typedef struct RayaModule {
    const char *name;     /* "crypto" */
    const char *version;  /* "1.0.0" (semver) */
    uint32_t abi_version; /* RAYA_ABI_VERSION */

    size_t function_count;
    RayaFunctionDescriptor *functions;
} RayaModule;

/** The function that makes a module. */
typedef RayaModule *(*RayaModuleInitFn)(void);

/** Frees what an opaque value owns. Runs outside of calls, when the value is collected or the program ends, on the
 *  program's thread; it may not use the functions of this header. */
typedef void (*RayaFinalizer)(void *data);

/** A task that the module ends. A number, not an address: using one that has ended is harmless. */
typedef struct RayaTask RayaTask;

/** Makes what a task gives from its data, once it was completed. Like a native function without arguments: it may return an
 *  error, and runs on the program's thread. */
typedef RayaValue *(*RayaTaskFinish)(RayaContext *ctx, void *data);

/** Work on a thread of the host's pool. It may use its data and the functions raya_task_complete and
 *  raya_task_is_cancelled. A C++ exception that leaves it becomes the task's error. */
typedef void (*RayaTaskWork)(RayaTask *task, void *data);

/** The task was cancelled. Called on the program's thread while the work may run on another one; it may not use the
 *  functions of this header. */
typedef void (*RayaTaskCancel)(void *data);

/** Ends the C++ exception and writes its message, NUL-terminated. Internal: RAYA_MODULE_INIT passes one. */
typedef void (*RayaExceptionReader)(void *exception, char *buffer, size_t capacity);

/** What a handle holds. */
typedef enum RayaValueType {
    RAYA_TYPE_INVALID = -1, /* a stale or foreign handle; an error is pending */
    RAYA_TYPE_NULL = 0,
    RAYA_TYPE_BOOLEAN = 1,
    RAYA_TYPE_INT = 2,    /* a 32-bit integer */
    RAYA_TYPE_NUMBER = 3, /* a double */
    RAYA_TYPE_STRING = 4,
    RAYA_TYPE_ARRAY = 5,
    RAYA_TYPE_OBJECT = 6,
    RAYA_TYPE_BYTES = 7, /* Uint8Array */
    RAYA_TYPE_FUNCTION = 8,
    RAYA_TYPE_OPAQUE = 9, /* made by raya_opaque_new */
    RAYA_TYPE_ERROR = 10
} RayaValueType;

/** The host's functions, in an order that never changes; new ones are appended. Call them through the functions below. */
typedef struct RayaApi {
    uint32_t size;
    uint32_t abi_version;

    const char *(*value_to_string)(RayaValue *value);
    double (*value_to_number)(RayaValue *value);
    int32_t (*value_to_i32)(RayaValue *value);
    int (*value_to_bool)(RayaValue *value);
    int (*value_is_null)(RayaValue *value);
    RayaValue *(*value_from_string)(RayaContext *ctx, const char *str);
    RayaValue *(*value_from_number)(RayaContext *ctx, double num);
    RayaValue *(*value_from_i32)(RayaContext *ctx, int32_t num);
    RayaValue *(*value_from_bool)(RayaContext *ctx, int boolean);
    RayaValue *(*value_null)(RayaContext *ctx);
    RayaValue *(*error_new)(RayaContext *ctx, const char *message);

    RayaModuleBuilder *(*module_builder_new)(const char *name, const char *version, uint32_t abi_version);
    void (*module_add_function)(RayaModuleBuilder *builder, const char *name, RayaNativeFunction func, size_t arity);
    RayaModule *(*module_builder_finish)(RayaModuleBuilder *builder);

    size_t (*array_length)(RayaValue *array);
    RayaValue *(*array_get)(RayaValue *array, size_t index);
    RayaValue *(*array_new)(RayaContext *ctx, size_t length);
    void (*array_set)(RayaValue *array, size_t index, RayaValue *value);
    RayaValue *(*object_get)(RayaValue *object, const char *key);
    RayaValue *(*object_new)(RayaContext *ctx);
    void (*object_set)(RayaValue *object, const char *key, RayaValue *value);
    int (*object_has)(RayaValue *object, const char *key);

    int32_t (*value_type)(RayaValue *value);
    const char *(*value_to_string_length)(RayaValue *value, size_t *length);
    RayaValue *(*value_from_string_length)(RayaContext *ctx, const char *text, size_t length);
    const uint8_t *(*value_to_bytes)(RayaValue *value, size_t *length);
    RayaValue *(*value_from_bytes)(RayaContext *ctx, const uint8_t *bytes, size_t length);
    RayaValue *(*bytes_new)(RayaContext *ctx, size_t length, uint8_t **bytes);

    size_t (*array_read_numbers)(RayaValue *array, size_t start, double *numbers, size_t count);
    size_t (*array_read_i32s)(RayaValue *array, size_t start, int32_t *numbers, size_t count);
    RayaValue *(*array_from_numbers)(RayaContext *ctx, const double *numbers, size_t count);
    RayaValue *(*array_from_i32s)(RayaContext *ctx, const int32_t *numbers, size_t count);
    const double *(*array_view_numbers)(RayaValue *array, size_t *length);
    const int32_t *(*array_view_i32s)(RayaValue *array, size_t *length);
    RayaValue *(*object_keys)(RayaContext *ctx, RayaValue *object);

    RayaPersistent *(*persistent_new)(RayaContext *ctx, RayaValue *value);
    RayaValue *(*persistent_get)(RayaContext *ctx, RayaPersistent *persistent);
    void (*persistent_release)(RayaContext *ctx, RayaPersistent *persistent);
    RayaValue *(*opaque_new)(RayaContext *ctx, const char *name, void *data, RayaFinalizer finalizer);
    void *(*opaque_data)(RayaValue *value, const char *name);
    RayaValue *(*call)(RayaContext *ctx, RayaValue *function, RayaValue *const *args, size_t argc);

    RayaValue *(*error_new_with)(RayaContext *ctx, const char *name, const char *message, const char *code);
    int (*error_pending)(RayaContext *ctx);
    RayaValue *(*error_take)(RayaContext *ctx);
    int (*has_capability)(RayaContext *ctx, const char *capability);
    void (*module_set_exception_reader)(RayaExceptionReader reader);

    void (*module_add_typed)(RayaModuleBuilder *builder, const char *name, RayaTypedFunction entry,
                             const char *signature);
    /* Since 1.1. */
    RayaValue *(*task_new)(RayaContext *ctx, RayaTaskFinish finish, RayaTaskCancel cancel, RayaFinalizer finalizer, void *data,
                           RayaTask **task);
    RayaValue *(*task_run)(RayaContext *ctx, RayaTaskWork work, RayaTaskFinish finish, RayaTaskCancel cancel,
                           RayaFinalizer finalizer, void *data);
    int (*task_complete)(RayaTask *task);
    int (*task_is_cancelled)(RayaTask *task);
} RayaApi;

/* ---- How the module holds the table ----------------------------------------------------------------------------- */

#if defined(__has_attribute)
#if __has_attribute(retain)
#define RAYA_RETAIN_ , retain
#endif
#endif
#if !defined(RAYA_RETAIN_)
#define RAYA_RETAIN_
#endif

#if defined(__APPLE__)
#define RAYA_SECTION_(name) section("__DATA,__raya_" name)
#else
#define RAYA_SECTION_(name) section(".raya." name)
#endif

/* One slot for all translation units of a module: a weak definition in each, of which the linker keeps one, invisible
 * outside. RAYA_MODULE_INIT's bind function fills it. */
#if defined(_WIN32)
#define RAYA_EXPORT_ __attribute__((dllexport))
#define RAYA_HIDDEN_
__declspec(selectany) const RayaApi *raya_module_api_slot = 0;
#else
#define RAYA_EXPORT_ __attribute__((visibility("default")))
#define RAYA_HIDDEN_ __attribute__((visibility("hidden")))
__attribute__((weak, visibility("hidden"))) const RayaApi *raya_module_api_slot = 0;
#endif

/** What a module says of itself before any of its code runs. */
typedef struct RayaModuleNote {
    char magic[8];
    uint32_t size;
    uint32_t abi_version;
    char name[64];
} RayaModuleNote;

#if defined(__cplusplus)
}
#endif

#if defined(__cplusplus) && defined(__cpp_exceptions)
/* Runs inside the module, with the module's own C++ runtime, after a frame of the host has stopped the exception. The
 * assembler names keep these declarations from clashing with those of the C++ library. */
extern "C" void *raya_begin_catch_(void *exception) __asm__("__cxa_begin_catch");
extern "C" void raya_end_catch_(void) __asm__("__cxa_end_catch");

static inline void raya_copy_message_(char *buffer, size_t capacity, const char *prefix, const char *text)
{
    size_t at = 0;
    for (; *prefix != '\0' && at + 1 < capacity; prefix++) buffer[at++] = *prefix;
    for (; text != nullptr && *text != '\0' && at + 1 < capacity; text++) buffer[at++] = *text;
    buffer[at] = '\0';
}

static inline void raya_read_exception_(void *exception, char *buffer, size_t capacity)
{
    raya_begin_catch_(exception);
    try {
        throw;
    } catch (const std::exception &error) {
        raya_copy_message_(buffer, capacity, "", error.what());
    } catch (const char *text) {
        raya_copy_message_(buffer, capacity, "", text);
    } catch (...) {
        const std::type_info *type = abi::__cxa_current_exception_type();
        const char *name = type == nullptr ? "of unknown type" : type->name();
        int status = 0;
        char *readable = type == nullptr ? nullptr : abi::__cxa_demangle(name, nullptr, nullptr, &status);
        raya_copy_message_(buffer, capacity, type == nullptr ? "C++ exception " : "C++ exception of type ",
                           readable == nullptr ? name : readable);
        free(readable);
    }
    raya_end_catch_();
}
#define RAYA_EXCEPTION_READER_ raya_read_exception_
#else
#define RAYA_EXCEPTION_READER_ 0
#endif

#if defined(__cplusplus)
#define RAYA_C_LINKAGE_ extern "C"
#define RAYA_EXTERN_ extern "C"
#else
#define RAYA_C_LINKAGE_
#define RAYA_EXTERN_ extern
#endif

/**
 * Opens the function that makes module `name`; its body follows in braces and returns what raya_module_builder_finish
 * gives. Stands once in a module, at file scope.
 */
#define RAYA_MODULE_INIT(name)                                                                           \
    RAYA_EXTERN_ RAYA_HIDDEN_ const RayaModuleNote raya_module_note_##name;                              \
    __attribute__((RAYA_SECTION_("note"), used RAYA_RETAIN_))                                            \
    const RayaModuleNote raya_module_note_##name = {                                                     \
        {'R', 'A', 'Y', 'A', 'N', 'O', 'T', 'E'}, (uint32_t)sizeof(RayaModuleNote), RAYA_ABI_VERSION, #name}; \
    RAYA_C_LINKAGE_ RAYA_EXPORT_ void raya_module_bind_##name(const RayaApi *api);                       \
    RAYA_C_LINKAGE_ RAYA_EXPORT_ RayaModule *raya_module_init_##name(void);                              \
    RAYA_C_LINKAGE_ RAYA_EXPORT_ void raya_module_bind_##name(const RayaApi *api)                        \
    {                                                                                                    \
        raya_module_api_slot = api;                                                                      \
        api->module_set_exception_reader(RAYA_EXCEPTION_READER_);                                        \
    }                                                                                                    \
    RAYA_C_LINKAGE_ RAYA_EXPORT_ RayaModule *raya_module_init_##name(void)

/**
 * States the full signatures of module `name` as data that tools read without running the module. `text` is a string
 * literal, UTF-8: a block of Raya's `declare module`. Optional; stands once in a module, at file scope.
 *
 *     RAYA_MODULE_DESCRIPTOR(counter,
 *         "declare module \"native:counter\" {\n"
 *         "  type Counter = native;\n"
 *         "  export function create(start: int): Counter;\n"
 *         "}\n")
 */
#define RAYA_MODULE_DESCRIPTOR(name, text)                                                    \
    RAYA_EXTERN_ RAYA_HIDDEN_ const char raya_module_descriptor_##name[sizeof(text)];         \
    __attribute__((RAYA_SECTION_("descriptor"), used RAYA_RETAIN_))                           \
    const char raya_module_descriptor_##name[sizeof(text)] = text;

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- Values from Raya ------------------------------------------------------------------------------------------- */

/** The text of a string. NULL, with a TypeError pending, for anything else. */
static inline const char *raya_value_to_string(RayaValue *value)
{
    return raya_module_api_slot->value_to_string(value);
}

/** The text of a string and, where `length` is not NULL, its bytes without the closing NUL. */
static inline const char *raya_value_to_string_length(RayaValue *value, size_t *length)
{
    return raya_module_api_slot->value_to_string_length(value, length);
}

/** An int or a double. 0, with a TypeError pending, for anything else. */
static inline double raya_value_to_number(RayaValue *value)
{
    return raya_module_api_slot->value_to_number(value);
}

/** An int, or a double that is integral and in range. 0, with an error pending, for anything else. */
static inline int32_t raya_value_to_i32(RayaValue *value)
{
    return raya_module_api_slot->value_to_i32(value);
}

/** 1 for true and 0 for false. 0, with a TypeError pending, for anything else. */
static inline int raya_value_to_bool(RayaValue *value)
{
    return raya_module_api_slot->value_to_bool(value);
}

/** 1 for null (and for a NULL handle), else 0. Never an error. */
static inline int raya_value_is_null(RayaValue *value)
{
    return raya_module_api_slot->value_is_null(value);
}

/** What the handle holds. */
static inline RayaValueType raya_value_type(RayaValue *value)
{
    return (RayaValueType)raya_module_api_slot->value_type(value);
}

/** The bytes of a Uint8Array, not copied, valid until the call ends or calls back into Raya. NULL, with a TypeError
 *  pending, for anything else; not NULL for an empty one. */
static inline const uint8_t *raya_value_to_bytes(RayaValue *value, size_t *length)
{
    return raya_module_api_slot->value_to_bytes(value, length);
}

/* ---- Values for Raya -------------------------------------------------------------------------------------------- */

/** A string, copied. Invalid UTF-8 gives NULL and leaves an error that names the offset. NULL gives null. */
static inline RayaValue *raya_value_from_string(RayaContext *ctx, const char *str)
{
    return raya_module_api_slot->value_from_string(ctx, str);
}

/** A string of `length` bytes, copied; it may hold NUL and need not end with one. */
static inline RayaValue *raya_value_from_string_length(RayaContext *ctx, const char *text, size_t length)
{
    return raya_module_api_slot->value_from_string_length(ctx, text, length);
}

/** A number. */
static inline RayaValue *raya_value_from_number(RayaContext *ctx, double num)
{
    return raya_module_api_slot->value_from_number(ctx, num);
}

/** An int. */
static inline RayaValue *raya_value_from_i32(RayaContext *ctx, int32_t num)
{
    return raya_module_api_slot->value_from_i32(ctx, num);
}

/** A boolean: false for 0, else true. */
static inline RayaValue *raya_value_from_bool(RayaContext *ctx, int boolean)
{
    return raya_module_api_slot->value_from_bool(ctx, boolean);
}

/** null. */
static inline RayaValue *raya_value_null(RayaContext *ctx)
{
    return raya_module_api_slot->value_null(ctx);
}

/** A Uint8Array, copied from `bytes`. */
static inline RayaValue *raya_value_from_bytes(RayaContext *ctx, const uint8_t *bytes, size_t length)
{
    return raya_module_api_slot->value_from_bytes(ctx, bytes, length);
}

/** A zeroed Uint8Array; `*bytes` is its memory, which may be written until the call ends or calls back into Raya. */
static inline RayaValue *raya_bytes_new(RayaContext *ctx, size_t length, uint8_t **bytes)
{
    return raya_module_api_slot->bytes_new(ctx, length, bytes);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

/** An Error with this message. Return it to throw it. */
static inline RayaValue *raya_error_new(RayaContext *ctx, const char *message)
{
    return raya_module_api_slot->error_new(ctx, message);
}

/** An Error whose `name` is "RangeError", say (NULL: "Error"), with a `code` that programs can test (NULL: none). */
static inline RayaValue *raya_error_new_with(RayaContext *ctx, const char *name, const char *message, const char *code)
{
    return raya_module_api_slot->error_new_with(ctx, name, message, code);
}

/** 1 when an error is pending in this call. */
static inline int raya_error_pending(RayaContext *ctx)
{
    return raya_module_api_slot->error_pending(ctx);
}

/** The pending error, which is no longer pending then; NULL when there is none. Return it to throw it after all. */
static inline RayaValue *raya_error_take(RayaContext *ctx)
{
    return raya_module_api_slot->error_take(ctx);
}

/* ---- Arrays ----------------------------------------------------------------------------------------------------- */

/** Number of elements of an array, or of bytes of a Uint8Array. 0, with a TypeError pending, for anything else. */
static inline size_t raya_array_length(RayaValue *array)
{
    return raya_module_api_slot->array_length(array);
}

/** An element. NULL, with a RangeError pending, outside the array. */
static inline RayaValue *raya_array_get(RayaValue *array, size_t index)
{
    return raya_module_api_slot->array_get(array, index);
}

/** An array of `length` nulls, at most 2^28. */
static inline RayaValue *raya_array_new(RayaContext *ctx, size_t length)
{
    return raya_module_api_slot->array_new(ctx, length);
}

/** Sets an element of an array that this call made. NULL sets null. */
static inline void raya_array_set(RayaValue *array, size_t index, RayaValue *value)
{
    raya_module_api_slot->array_set(array, index, value);
}

/** Copies up to `count` numbers from `start` on to `numbers`. Gives how many; 0, with a TypeError pending, when one of
 *  them is no number. */
static inline size_t raya_array_read_numbers(RayaValue *array, size_t start, double *numbers, size_t count)
{
    return raya_module_api_slot->array_read_numbers(array, start, numbers, count);
}

/** Like raya_array_read_numbers, for ints. */
static inline size_t raya_array_read_i32s(RayaValue *array, size_t start, int32_t *numbers, size_t count)
{
    return raya_module_api_slot->array_read_i32s(array, start, numbers, count);
}

/** A number[], copied. */
static inline RayaValue *raya_array_from_numbers(RayaContext *ctx, const double *numbers, size_t count)
{
    return raya_module_api_slot->array_from_numbers(ctx, numbers, count);
}

/** An int[], copied. */
static inline RayaValue *raya_array_from_i32s(RayaContext *ctx, const int32_t *numbers, size_t count)
{
    return raya_module_api_slot->array_from_i32s(ctx, numbers, count);
}

/** The doubles of an array that is stored as doubles, not copied, valid until the call ends or calls back. NULL, and no
 *  error, for any other array (raya_array_read_numbers reads those). */
static inline const double *raya_array_view_numbers(RayaValue *array, size_t *length)
{
    return raya_module_api_slot->array_view_numbers(array, length);
}

/** Like raya_array_view_numbers, for an array that is stored as ints. */
static inline const int32_t *raya_array_view_i32s(RayaValue *array, size_t *length)
{
    return raya_module_api_slot->array_view_i32s(array, length);
}

/* ---- Objects ---------------------------------------------------------------------------------------------------- */

/** A property; a handle that holds null when there is none. */
static inline RayaValue *raya_object_get(RayaValue *object, const char *key)
{
    return raya_module_api_slot->object_get(object, key);
}

/** An object without properties. */
static inline RayaValue *raya_object_new(RayaContext *ctx)
{
    return raya_module_api_slot->object_new(ctx);
}

/** Sets a property of an object that this call made. NULL sets null. */
static inline void raya_object_set(RayaValue *object, const char *key, RayaValue *value)
{
    raya_module_api_slot->object_set(object, key, value);
}

/** 1 when the object has the property, even if it holds null. */
static inline int raya_object_has(RayaValue *object, const char *key)
{
    return raya_module_api_slot->object_has(object, key);
}

/** The names of the properties, in order: an array of strings. */
static inline RayaValue *raya_object_keys(RayaContext *ctx, RayaValue *object)
{
    return raya_module_api_slot->object_keys(ctx, object);
}

/* ---- Beyond one call -------------------------------------------------------------------------------------------- */

/** Keeps a value until raya_persistent_release. */
static inline RayaPersistent *raya_persistent_new(RayaContext *ctx, RayaValue *value)
{
    return raya_module_api_slot->persistent_new(ctx, value);
}

/** The kept value, as a handle of this call. */
static inline RayaValue *raya_persistent_get(RayaContext *ctx, RayaPersistent *persistent)
{
    return raya_module_api_slot->persistent_get(ctx, persistent);
}

/** Lets the value go. Releasing twice is an error. */
static inline void raya_persistent_release(RayaContext *ctx, RayaPersistent *persistent)
{
    raya_module_api_slot->persistent_release(ctx, persistent);
}

/** A value of the module's opaque type `name` (in Raya: `type NAME = native;`). It owns `data`, which is not NULL and
 *  which `finalizer` (may be NULL) frees. Where the value cannot be made, the finalizer runs at once. */
static inline RayaValue *raya_opaque_new(RayaContext *ctx, const char *name, void *data, RayaFinalizer finalizer)
{
    return raya_module_api_slot->opaque_new(ctx, name, data, finalizer);
}

/** The data of a value of opaque type `name` of this module. NULL, with a TypeError pending, for anything else. */
static inline void *raya_opaque_data(RayaValue *value, const char *name)
{
    return raya_module_api_slot->opaque_data(value, name);
}

/* ---- Calling Raya ----------------------------------------------------------------------------------------------- */

/** Calls a Raya function with `argc` arguments. NULL when it throws; what it threw is pending then, and is thrown on when
 *  your function returns, unless you take it. */
static inline RayaValue *raya_call(RayaContext *ctx, RayaValue *function, RayaValue *const *args, size_t argc)
{
    return raya_module_api_slot->call(ctx, function, args, argc);
}

/** 1 when this module was granted the capability, spelled as in its manifest: "files-read", "network". */
static inline int raya_has_capability(RayaContext *ctx, const char *capability)
{
    return raya_module_api_slot->has_capability(ctx, capability);
}

/* ---- Tasks ------------------------------------------------------------------------------------------------------ */

/**
 * A task that ends once raya_task_complete was called with what is put into `task`, from whatever thread. Return it from a
 * function that Raya declares to return Task<T>.
 *
 * `finish` makes what the task gives (NULL: it gives null). `cancel` (may be NULL) is called when a program cancels the
 * task, which then has ended for the program. `data` belongs to the task: `finalizer` (may be NULL) frees it on the
 * program's thread, after `finish`, or once a cancelled task was completed after all. A program waits at its end for tasks
 * that were not cancelled; one that exits early does not, and does not free their data. NULL, with an error pending and the
 * data freed, where no task can be made.
 */
static inline RayaValue *raya_task_new(RayaContext *ctx, RayaTaskFinish finish, RayaTaskCancel cancel,
                                       RayaFinalizer finalizer, void *data, RayaTask **task)
{
    return raya_module_api_slot->task_new(ctx, finish, cancel, finalizer, data, task);
}

/** Like raya_task_new. `work` runs on a thread of the host's pool; the task is completed when it returns. */
static inline RayaValue *raya_task_run(RayaContext *ctx, RayaTaskWork work, RayaTaskFinish finish, RayaTaskCancel cancel,
                                       RayaFinalizer finalizer, void *data)
{
    return raya_module_api_slot->task_run(ctx, work, finish, cancel, finalizer, data);
}

/** On any thread: completes the task. 1 when this did, 0 when it was completed before. Do not touch its data afterwards. */
static inline int raya_task_complete(RayaTask *task)
{
    return raya_module_api_slot->task_complete(task);
}

/** On any thread: 1 when the task was cancelled, so that work for it is of no use. It still has to be completed. */
static inline int raya_task_is_cancelled(RayaTask *task)
{
    return raya_module_api_slot->task_is_cancelled(task);
}

/* ---- Building a module ------------------------------------------------------------------------------------------ */

/** A builder. `name` is the module's name and `version` a semantic version. */
static inline RayaModuleBuilder *raya_module_builder_new(const char *name, const char *version)
{
    return raya_module_api_slot->module_builder_new(name, version, RAYA_ABI_VERSION);
}

/** Adds a function of `arity` parameters, at most 255. What is wrong is reported when the module is loaded. */
static inline void raya_module_add_function(RayaModuleBuilder *builder, const char *name, RayaNativeFunction func,
                                            size_t arity)
{
    raya_module_api_slot->module_add_function(builder, name, func, arity);
}

/** Gives a function that was added a typed entry: calls whose arguments are just what `signature` says skip handles. It
 *  names types alone, "(number,string):int": parameters are number, int, boolean and string, at most 8, and the result is
 *  number, int, boolean or void. RAYA_TYPED writes both functions, RAYA_ADD_TYPED adds both. */
static inline void raya_module_add_typed(RayaModuleBuilder *builder, const char *name, RayaTypedFunction entry,
                                         const char *signature)
{
    raya_module_api_slot->module_add_typed(builder, name, entry, signature);
}

/** The module, to be returned from RAYA_MODULE_INIT. Frees the builder. */
static inline RayaModule *raya_module_builder_finish(RayaModuleBuilder *builder)
{
    return raya_module_api_slot->module_builder_finish(builder);
}

/* ---- Plain C functions ------------------------------------------------------------------------------------------ */

/**
 * RAYA_TYPED0 to RAYA_TYPED4 write the boxed function and the typed entry of a plain C function, at file scope, from the
 * Raya types of its result and parameters; RAYA_ADD_TYPED adds both to a builder. number is double, int is int32_t, boolean
 * is int, string is two parameters, const char * and size_t (the text need not end with NUL); a result may be void.
 *
 *     static double scale(double value, int32_t times) { return value * times; }
 *     RAYA_TYPED2(scale, number, number, int)
 *     ... RAYA_ADD_TYPED(builder, scale);
 *
 * The function makes no handles and throws nothing; in C++ it is noexcept.
 */
#define RAYA_TYPED0(function, result)                                                                \
    RAYA_TYPED_(function, result, 0, "()", (), ())
#define RAYA_TYPED1(function, result, a)                                                             \
    RAYA_TYPED_(function, result, 1, "(" #a ")", (RAYA_WORD_##a##_(0)), (RAYA_UNBOX_##a##_(0)))
#define RAYA_TYPED2(function, result, a, b)                                                          \
    RAYA_TYPED_(function, result, 2, "(" #a "," #b ")", (RAYA_WORD_##a##_(0), RAYA_WORD_##b##_(1)),   \
                (RAYA_UNBOX_##a##_(0), RAYA_UNBOX_##b##_(1)))
#define RAYA_TYPED3(function, result, a, b, c)                                                       \
    RAYA_TYPED_(function, result, 3, "(" #a "," #b "," #c ")",                                       \
                (RAYA_WORD_##a##_(0), RAYA_WORD_##b##_(1), RAYA_WORD_##c##_(2)),                     \
                (RAYA_UNBOX_##a##_(0), RAYA_UNBOX_##b##_(1), RAYA_UNBOX_##c##_(2)))
#define RAYA_TYPED4(function, result, a, b, c, d)                                                    \
    RAYA_TYPED_(function, result, 4, "(" #a "," #b "," #c "," #d ")",                                \
                (RAYA_WORD_##a##_(0), RAYA_WORD_##b##_(1), RAYA_WORD_##c##_(2), RAYA_WORD_##d##_(3)), \
                (RAYA_UNBOX_##a##_(0), RAYA_UNBOX_##b##_(1), RAYA_UNBOX_##c##_(2), RAYA_UNBOX_##d##_(3)))

/** Adds what RAYA_TYPED0 to RAYA_TYPED4 wrote for `function`, under its own name. */
#define RAYA_ADD_TYPED(builder, function) raya_##function##_add_(builder)

#define RAYA_TYPED_(function, result, arity, parameters, words_, boxes_)                             \
    static int raya_##function##_typed_(const RayaWord (*words)[2], RayaWord *given)                 \
    {                                                                                                \
        (void)words;                                                                                 \
        RAYA_GIVE_WORD_##result##_(function words_);                                                 \
        return 0;                                                                                    \
    }                                                                                                \
    static RayaValue *raya_##function##_boxed_(RayaContext *ctx, RayaValue **args, size_t argc)      \
    {                                                                                                \
        (void)args, (void)argc;                                                                      \
        RAYA_GIVE_BOX_##result##_(function boxes_);                                                  \
    }                                                                                                \
    static inline void raya_##function##_add_(RayaModuleBuilder *builder)                            \
    {                                                                                                \
        raya_module_add_function(builder, #function, raya_##function##_boxed_, arity);               \
        raya_module_add_typed(builder, #function, raya_##function##_typed_, parameters ":" #result); \
    }

#define RAYA_WORD_number_(index) words[index][0].number
#define RAYA_WORD_int_(index) words[index][0].i32
#define RAYA_WORD_boolean_(index) words[index][0].i32
#define RAYA_WORD_string_(index) words[index][0].text, words[index][1].length
#define RAYA_UNBOX_number_(index) raya_value_to_number(args[index])
#define RAYA_UNBOX_int_(index) raya_value_to_i32(args[index])
#define RAYA_UNBOX_boolean_(index) raya_value_to_bool(args[index])
#define RAYA_UNBOX_string_(index) raya_value_to_string(args[index]), raya_text_length_(args[index])
#define RAYA_GIVE_WORD_number_(call) given->number = (call)
#define RAYA_GIVE_WORD_int_(call) given->i32 = (call)
#define RAYA_GIVE_WORD_boolean_(call) given->i32 = (call) != 0
#define RAYA_GIVE_WORD_void_(call) (void)given, (call)
#define RAYA_GIVE_BOX_number_(call) return raya_value_from_number(ctx, (call))
#define RAYA_GIVE_BOX_int_(call) return raya_value_from_i32(ctx, (call))
#define RAYA_GIVE_BOX_boolean_(call) return raya_value_from_bool(ctx, (call))
#define RAYA_GIVE_BOX_void_(call) \
    (call);                       \
    return raya_value_null(ctx)

static inline size_t raya_text_length_(RayaValue *value)
{
    size_t length = 0;
    return raya_value_to_string_length(value, &length) == NULL ? 0 : length;
}

#if defined(__cplusplus)
}
#endif

#endif /* RAYA_MODULE_H */
