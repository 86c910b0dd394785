/*
 * raya/module.hpp - native modules for Raya in C++17: module.h with types.
 *
 * THE MODEL
 *
 * raya::Module makes a module of plain C++ functions: their parameters and results are converted by raya::Convert<T>,
 * which you may specialise, and what they throw is thrown in Raya with its what().
 *
 *     #include <raya/module.hpp>
 *
 *     static std::string greet(const std::string &name, int32_t times) { ... }
 *
 *     RAYA_MODULE_INIT(greeting) {
 *         return raya::Module("greeting", "1.0.0").function<greet>("greet").finish();
 *     }
 *
 * Parameters and results may be: double, float, int32_t, int64_t, uint32_t, bool, std::string, std::string_view (a
 * parameter; valid for the call), raya::Bytes (a parameter: a view of a Uint8Array), std::vector<uint8_t> (a Uint8Array),
 * std::vector<T>, std::optional<T> (T or null), raya::Value, raya::Array, raya::Object, raya::Function, std::nullptr_t
 * (null), and as results void and raya::Result<T>. A first parameter of type raya::Context& is the running call.
 *
 * The wrapper classes are as wide as a handle, live as long as one (until the native call returns) and throw
 * raya::Pending when an error is pending, so that the first wrong value ends the function.
 */
#ifndef RAYA_MODULE_HPP
#define RAYA_MODULE_HPP

#include <raya/module.h>

#if !defined(__cplusplus) || __cplusplus < 201703L
#error "raya/module.hpp needs C++17"
#endif
#if !defined(__cpp_exceptions)
#error "raya/module.hpp needs exceptions; raya/module.h works without"
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace raya {

class Context;

/** An error of the host is pending: unwind to the boundary, which throws it. Deliberately no std::exception. */
struct Pending {};

/** An error with a name and a code for Raya. */
class Error : public std::runtime_error {
public:
    explicit Error(const std::string &message, std::string name = "Error", std::string code = "")
        : std::runtime_error(message), name_(std::move(name)), code_(std::move(code)) {}
    const std::string &name() const noexcept { return name_; }
    const std::string &code() const noexcept { return code_; }

private:
    std::string name_;
    std::string code_;
};

/** A value or an error, for functions that do not throw. */
template <typename T> class Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    explicit operator bool() const noexcept { return state_.index() == 0; }
    T &value() { return std::get<0>(state_); }
    const Error &error() const { return std::get<1>(state_); }

private:
    std::variant<T, Error> state_;
};

/** A success without a value, or an error. */
template <> class Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    explicit operator bool() const noexcept { return !error_.has_value(); }
    const Error &error() const { return *error_; }

private:
    std::optional<Error> error_;
};

/** A handle to a value of any type, valid until the native call returns. */
class Value {
public:
    Value(RayaContext *context, RayaValue *handle) noexcept : context_(context), handle_(handle) {}
    RayaValue *handle() const noexcept { return handle_; }
    RayaContext *context() const noexcept { return context_; }
    RayaValueType type() const noexcept
    {
        return handle_ == nullptr ? RAYA_TYPE_NULL : raya_value_type(handle_);
    }
    bool is_null() const noexcept { return raya_value_is_null(handle_) != 0; }
    /** The value as a T; throws Pending when it is none. */
    template <typename T> T as() const;

protected:
    RayaContext *context_;
    RayaValue *handle_;
};

/** A view of the bytes of a Uint8Array, not copied. Do not call back into Raya while you use it. */
class Bytes {
public:
    Bytes(const uint8_t *data, size_t size) noexcept : data_(data), size_(size) {}
    const uint8_t *data() const noexcept { return data_; }
    size_t size() const noexcept { return size_; }
    const uint8_t *begin() const noexcept { return data_; }
    const uint8_t *end() const noexcept { return data_ + size_; }
    uint8_t operator[](size_t index) const noexcept { return data_[index]; }

private:
    const uint8_t *data_;
    size_t size_;
};

/** Converts between T and handles: `static T from(RayaContext *, RayaValue *)`, which throws Pending where the value does
 *  not fit, and `static RayaValue *to(RayaContext *, T)`. */
template <typename T, typename Enable = void> struct Convert;

/** The running call. */
class Context {
public:
    explicit Context(RayaContext *handle) noexcept : handle_(handle) {}
    RayaContext *handle() const noexcept { return handle_; }
    bool has_capability(const std::string &capability) const
    {
        return raya_has_capability(handle_, capability.c_str()) != 0;
    }
    /** Makes a Raya value of a C++ value. */
    template <typename T> Value make(T &&value) const
    {
        return Value(handle_, Convert<std::decay_t<T>>::to(handle_, std::forward<T>(value)));
    }

private:
    RayaContext *handle_;
};

namespace detail {

/** Throws Pending when an error is pending. Called only where a result hints at one. */
inline void check(RayaContext *context)
{
    if (raya_error_pending(context)) throw Pending{};
}

[[noreturn]] inline void fail(const char *message)
{
    throw Error(message, "TypeError");
}

} // namespace detail

/** An array: one received is read-only, one made by the call may be filled. */
class Array : public Value {
public:
    using Value::Value;
    static Array create(const Context &context, size_t length)
    {
        RayaValue *handle = raya_array_new(context.handle(), length);
        if (handle == nullptr) throw Pending{};
        return Array(context.handle(), handle);
    }
    size_t size() const noexcept { return raya_array_length(handle_); }
    Value at(size_t index) const
    {
        RayaValue *element = raya_array_get(handle_, index);
        if (element == nullptr) throw Pending{};
        return Value(context_, element);
    }
    template <typename T> void set(size_t index, T &&value)
    {
        raya_array_set(handle_, index, Convert<std::decay_t<T>>::to(context_, std::forward<T>(value)));
        detail::check(context_);
    }
};

/** An object: one received is read-only, one made by the call may be filled. */
class Object : public Value {
public:
    using Value::Value;
    static Object create(const Context &context)
    {
        RayaValue *handle = raya_object_new(context.handle());
        if (handle == nullptr) throw Pending{};
        return Object(context.handle(), handle);
    }
    bool has(const std::string &key) const { return raya_object_has(handle_, key.c_str()) != 0; }
    Value get(const std::string &key) const
    {
        RayaValue *value = raya_object_get(handle_, key.c_str());
        if (value == nullptr) throw Pending{};
        return Value(context_, value);
    }
    template <typename T> void set(const std::string &key, T &&value)
    {
        raya_object_set(handle_, key.c_str(), Convert<std::decay_t<T>>::to(context_, std::forward<T>(value)));
        detail::check(context_);
    }
    std::vector<std::string> keys() const;
};

/** A Raya function. */
class Function : public Value {
public:
    using Value::Value;
    /** Calls it; throws Pending when it throws. */
    template <typename... Arguments> Value operator()(Arguments &&...arguments) const
    {
        RayaValue *handles[sizeof...(Arguments) + 1] = {
            Convert<std::decay_t<Arguments>>::to(context_, std::forward<Arguments>(arguments))..., nullptr};
        RayaValue *result = raya_call(context_, handle_, handles, sizeof...(Arguments));
        if (result == nullptr) throw Pending{};
        return Value(context_, result);
    }
};

/** Keeps a value beyond the call. It must be released within a call: destroying it without is a leak, not a crash. */
class Persistent {
public:
    explicit Persistent(const Value &value) : kept_(raya_persistent_new(value.context(), value.handle()))
    {
        if (kept_ == nullptr) throw Pending{};
    }
    Persistent(Persistent &&other) noexcept : kept_(std::exchange(other.kept_, nullptr)) {}
    Persistent &operator=(Persistent &&other) noexcept
    {
        std::swap(kept_, other.kept_);
        return *this;
    }
    Persistent(const Persistent &) = delete;
    Persistent &operator=(const Persistent &) = delete;
    Value get(const Context &context) const
    {
        RayaValue *handle = raya_persistent_get(context.handle(), kept_);
        if (handle == nullptr) throw Pending{};
        return Value(context.handle(), handle);
    }
    void release(const Context &context) noexcept
    {
        if (kept_ != nullptr) raya_persistent_release(context.handle(), std::exchange(kept_, nullptr));
    }

private:
    RayaPersistent *kept_;
};

/** C++ objects as values of an opaque type: `type NAME = native;` in Raya. */
template <typename T> struct Opaque {
    /** Hands `object` to Raya, which destroys it when the value is collected. */
    static Value wrap(const Context &context, const char *name, std::unique_ptr<T> object)
    {
        RayaValue *handle = raya_opaque_new(context.handle(), name, object.release(),
                                            [](void *data) { delete static_cast<T *>(data); });
        if (handle == nullptr) throw Pending{};
        return Value(context.handle(), handle);
    }
    /** The object in `value`; throws Pending when it is of another type. */
    static T &unwrap(const Value &value, const char *name)
    {
        void *data = raya_opaque_data(value.handle(), name);
        if (data == nullptr) throw Pending{};
        return *static_cast<T *>(data);
    }
};

/* ---- Conversions ------------------------------------------------------------------------------------------------ */

template <> struct Convert<double> {
    static double from(RayaContext *context, RayaValue *value)
    {
        double number = raya_value_to_number(value);
        if (number == 0.0) detail::check(context);
        return number;
    }
    static RayaValue *to(RayaContext *context, double number) { return raya_value_from_number(context, number); }
};

template <> struct Convert<float> {
    static float from(RayaContext *context, RayaValue *value)
    {
        return static_cast<float>(Convert<double>::from(context, value));
    }
    static RayaValue *to(RayaContext *context, float number) { return raya_value_from_number(context, number); }
};

template <> struct Convert<int32_t> {
    static int32_t from(RayaContext *context, RayaValue *value)
    {
        int32_t number = raya_value_to_i32(value);
        if (number == 0) detail::check(context);
        return number;
    }
    static RayaValue *to(RayaContext *context, int32_t number) { return raya_value_from_i32(context, number); }
};

/** Wider integers are numbers: exact up to 2^53, an error beyond. */
template <typename T>
struct Convert<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, int32_t>>> {
    static constexpr double limit = 9007199254740991.0;
    static T from(RayaContext *context, RayaValue *value)
    {
        double number = Convert<double>::from(context, value);
        bool fits = std::nearbyint(number) == number && std::fabs(number) <= limit;
        if (fits && std::is_unsigned_v<T>) fits = number >= 0;
        T converted = fits ? static_cast<T>(static_cast<int64_t>(number)) : T{};
        if (!fits || static_cast<double>(converted) != number) detail::fail("expected an integer in range");
        return converted;
    }
    static RayaValue *to(RayaContext *context, T number)
    {
        double converted = static_cast<double>(number);
        if (std::fabs(converted) > limit) detail::fail("an integer beyond 2^53 is no exact number");
        return raya_value_from_number(context, converted);
    }
};

template <> struct Convert<bool> {
    static bool from(RayaContext *context, RayaValue *value)
    {
        bool boolean = raya_value_to_bool(value) != 0;
        if (!boolean) detail::check(context);
        return boolean;
    }
    static RayaValue *to(RayaContext *context, bool boolean) { return raya_value_from_bool(context, boolean); }
};

template <> struct Convert<std::string_view> {
    static std::string_view from(RayaContext *, RayaValue *value)
    {
        size_t length = 0;
        const char *text = raya_value_to_string_length(value, &length);
        if (text == nullptr) throw Pending{};
        return std::string_view(text, length);
    }
    static RayaValue *to(RayaContext *context, std::string_view text)
    {
        RayaValue *value = raya_value_from_string_length(context, text.data(), text.size());
        if (value == nullptr) throw Pending{};
        return value;
    }
};

template <> struct Convert<std::string> {
    static std::string from(RayaContext *context, RayaValue *value)
    {
        return std::string(Convert<std::string_view>::from(context, value));
    }
    static RayaValue *to(RayaContext *context, const std::string &text)
    {
        return Convert<std::string_view>::to(context, text);
    }
};

template <> struct Convert<const char *> {
    static RayaValue *to(RayaContext *context, const char *text)
    {
        return text == nullptr ? raya_value_null(context) : Convert<std::string_view>::to(context, text);
    }
};

template <> struct Convert<std::nullptr_t> {
    static RayaValue *to(RayaContext *context, std::nullptr_t) { return raya_value_null(context); }
};

template <> struct Convert<Bytes> {
    static Bytes from(RayaContext *, RayaValue *value)
    {
        size_t length = 0;
        const uint8_t *bytes = raya_value_to_bytes(value, &length);
        if (bytes == nullptr) throw Pending{};
        return Bytes(bytes, length);
    }
    static RayaValue *to(RayaContext *context, Bytes bytes)
    {
        return raya_value_from_bytes(context, bytes.data(), bytes.size());
    }
};

template <> struct Convert<std::vector<uint8_t>> {
    static std::vector<uint8_t> from(RayaContext *context, RayaValue *value)
    {
        Bytes bytes = Convert<Bytes>::from(context, value);
        return std::vector<uint8_t>(bytes.begin(), bytes.end());
    }
    static RayaValue *to(RayaContext *context, const std::vector<uint8_t> &bytes)
    {
        return raya_value_from_bytes(context, bytes.data(), bytes.size());
    }
};

template <> struct Convert<std::vector<double>> {
    static std::vector<double> from(RayaContext *context, RayaValue *value)
    {
        std::vector<double> numbers(raya_array_length(value));
        if (raya_array_read_numbers(value, 0, numbers.data(), numbers.size()) != numbers.size() || numbers.empty())
            detail::check(context);
        return numbers;
    }
    static RayaValue *to(RayaContext *context, const std::vector<double> &numbers)
    {
        return raya_array_from_numbers(context, numbers.data(), numbers.size());
    }
};

template <> struct Convert<std::vector<int32_t>> {
    static std::vector<int32_t> from(RayaContext *context, RayaValue *value)
    {
        std::vector<int32_t> numbers(raya_array_length(value));
        if (raya_array_read_i32s(value, 0, numbers.data(), numbers.size()) != numbers.size() || numbers.empty())
            detail::check(context);
        return numbers;
    }
    static RayaValue *to(RayaContext *context, const std::vector<int32_t> &numbers)
    {
        return raya_array_from_i32s(context, numbers.data(), numbers.size());
    }
};

template <typename T> struct Convert<std::vector<T>> {
    static std::vector<T> from(RayaContext *context, RayaValue *value)
    {
        Array array(context, value);
        size_t size = array.size();
        if (size == 0) detail::check(context);
        std::vector<T> elements;
        elements.reserve(size);
        for (size_t index = 0; index < size; index++)
            elements.push_back(Convert<T>::from(context, array.at(index).handle()));
        return elements;
    }
    static RayaValue *to(RayaContext *context, const std::vector<T> &elements)
    {
        Array array = Array::create(Context(context), elements.size());
        for (size_t index = 0; index < elements.size(); index++) array.set(index, T(elements[index]));
        return array.handle();
    }
};

template <typename T> struct Convert<std::optional<T>> {
    static std::optional<T> from(RayaContext *context, RayaValue *value)
    {
        if (raya_value_is_null(value)) return std::nullopt;
        return Convert<T>::from(context, value);
    }
    static RayaValue *to(RayaContext *context, std::optional<T> value)
    {
        return value.has_value() ? Convert<T>::to(context, std::move(*value)) : raya_value_null(context);
    }
};

namespace detail {

/** A handle class whose values have to be of one type. */
template <typename T, RayaValueType expected> struct ConvertHandle {
    static T from(RayaContext *context, RayaValue *value)
    {
        RayaValueType found = raya_value_type(value);
        if (found == RAYA_TYPE_INVALID) throw Pending{};
        if (found != expected && !(expected == RAYA_TYPE_OBJECT && found == RAYA_TYPE_ERROR))
            fail(expected == RAYA_TYPE_ARRAY      ? "expected an array"
                 : expected == RAYA_TYPE_FUNCTION ? "expected a function"
                                                  : "expected an object");
        return T(context, value);
    }
    static RayaValue *to(RayaContext *, const T &value) { return value.handle(); }
};

} // namespace detail

template <> struct Convert<Array> : detail::ConvertHandle<Array, RAYA_TYPE_ARRAY> {};
template <> struct Convert<Object> : detail::ConvertHandle<Object, RAYA_TYPE_OBJECT> {};
template <> struct Convert<Function> : detail::ConvertHandle<Function, RAYA_TYPE_FUNCTION> {};
template <> struct Convert<Value> {
    static Value from(RayaContext *context, RayaValue *value) { return Value(context, value); }
    static RayaValue *to(RayaContext *, const Value &value) { return value.handle(); }
};

template <typename T> inline T Value::as() const
{
    return Convert<T>::from(context_, handle_);
}

inline std::vector<std::string> Object::keys() const
{
    return Convert<std::vector<std::string>>::from(context_, raya_object_keys(context_, handle_));
}

/* ---- Functions of modules --------------------------------------------------------------------------------------- */

namespace detail {

inline RayaValue *give_error(RayaContext *context, const Error &error)
{
    return raya_error_new_with(context, error.name().c_str(), error.what(),
                               error.code().empty() ? nullptr : error.code().c_str());
}

template <typename T> struct Give {
    static RayaValue *to(RayaContext *context, T value) { return Convert<std::decay_t<T>>::to(context, std::move(value)); }
};
template <typename T> struct Give<Result<T>> {
    static RayaValue *to(RayaContext *context, Result<T> result)
    {
        return result ? Give<T>::to(context, std::move(result.value())) : give_error(context, result.error());
    }
};
template <> struct Give<Result<void>> {
    static RayaValue *to(RayaContext *context, const Result<void> &result)
    {
        return result ? raya_value_null(context) : give_error(context, result.error());
    }
};

template <auto function, typename Result, typename... Parameters> struct Call {
    template <size_t... index>
    static RayaValue *with(RayaContext *context, RayaValue **arguments, std::index_sequence<index...>)
    {
        /* Braces, so that the conversions run from left to right. */
        (void)arguments;
        std::tuple<std::decay_t<Parameters>...> converted{
            Convert<std::decay_t<Parameters>>::from(context, arguments[index])...};
        (void)converted;
        if constexpr (std::is_void_v<Result>) {
            function(std::get<index>(converted)...);
            return raya_value_null(context);
        } else {
            return Give<Result>::to(context, function(std::get<index>(converted)...));
        }
    }
};

template <auto function, typename Result, typename... Parameters> struct CallWithContext {
    template <size_t... index>
    static RayaValue *with(RayaContext *context, RayaValue **arguments, std::index_sequence<index...>)
    {
        (void)arguments;
        Context running(context);
        std::tuple<std::decay_t<Parameters>...> converted{
            Convert<std::decay_t<Parameters>>::from(context, arguments[index])...};
        (void)converted;
        if constexpr (std::is_void_v<Result>) {
            function(running, std::get<index>(converted)...);
            return raya_value_null(context);
        } else {
            return Give<Result>::to(context, function(running, std::get<index>(converted)...));
        }
    }
};

/** Runs `body` and makes a returned error of whatever it throws. */
template <typename Body> inline RayaValue *stop_exceptions(RayaContext *context, Body body) noexcept
{
    try {
        return body();
    } catch (const Pending &) {
        return nullptr;
    } catch (const Error &error) {
        return give_error(context, error);
    } catch (const std::exception &error) {
        return raya_error_new(context, error.what());
    } catch (...) {
        return raya_error_new(context, "C++ exception of unknown type");
    }
}

template <auto function, typename Signature> struct Boxed;

template <auto function, typename Result, typename... Parameters> struct Boxed<function, Result (*)(Parameters...)> {
    static constexpr size_t arity = sizeof...(Parameters);
    static RayaValue *entry(RayaContext *context, RayaValue **arguments, size_t)
    {
        return stop_exceptions(context, [&] {
            return Call<function, Result, Parameters...>::with(context, arguments,
                                                               std::make_index_sequence<arity>());
        });
    }
};

template <auto function, typename Result, typename... Parameters>
struct Boxed<function, Result (*)(Context &, Parameters...)> {
    static constexpr size_t arity = sizeof...(Parameters);
    static RayaValue *entry(RayaContext *context, RayaValue **arguments, size_t)
    {
        return stop_exceptions(context, [&] {
            return CallWithContext<function, Result, Parameters...>::with(context, arguments,
                                                                          std::make_index_sequence<arity>());
        });
    }
};

template <auto function, typename Result, typename... Parameters>
struct Boxed<function, Result (*)(Parameters...) noexcept> : Boxed<function, Result (*)(Parameters...)> {};

/** How a typed entry reads a parameter and writes a result; types without a name have none. */
template <typename T> struct Word {
    static constexpr const char *name = nullptr;
};
template <> struct Word<double> {
    static constexpr const char *name = "number";
    static double read(const RayaWord *word) { return word->number; }
    static void write(RayaWord *word, double value) { word->number = value; }
};
template <> struct Word<int32_t> {
    static constexpr const char *name = "int";
    static int32_t read(const RayaWord *word) { return word->i32; }
    static void write(RayaWord *word, int32_t value) { word->i32 = value; }
};
template <> struct Word<bool> {
    static constexpr const char *name = "boolean";
    static bool read(const RayaWord *word) { return word->i32 != 0; }
    static void write(RayaWord *word, bool value) { word->i32 = value ? 1 : 0; }
};
template <> struct Word<std::string_view> {
    static constexpr const char *name = "string";
    static std::string_view read(const RayaWord *word) { return {word[0].text, word[1].length}; }
};

/** The typed entry of a function that throws nothing and whose types fit into words. */
template <auto function, typename Signature> struct Typed {
    static void add(RayaModuleBuilder *, const char *) {}
};

template <auto function, typename Result, typename... Parameters>
struct Typed<function, Result (*)(Parameters...) noexcept> {
    static constexpr bool fits = sizeof...(Parameters) <= 8 &&
                                 ((Word<std::decay_t<Parameters>>::name != nullptr) && ...) &&
                                 (std::is_void_v<Result> || (Word<Result>::name != nullptr &&
                                                             !std::is_same_v<Result, std::string_view>));

    template <size_t... index> static void call(const RayaWord (*words)[2], RayaWord *result,
                                                std::index_sequence<index...>)
    {
        (void)words;
        if constexpr (std::is_void_v<Result>) {
            (void)result;
            function(Word<std::decay_t<Parameters>>::read(words[index])...);
        } else {
            Word<Result>::write(result, function(Word<std::decay_t<Parameters>>::read(words[index])...));
        }
    }
    static int entry(const RayaWord (*words)[2], RayaWord *result) noexcept
    {
        call(words, result, std::make_index_sequence<sizeof...(Parameters)>());
        return 0;
    }
    static void add(RayaModuleBuilder *builder, const char *name)
    {
        if constexpr (fits) {
            std::string signature = "(";
            ((signature += signature.size() > 1 ? "," : "", signature += Word<std::decay_t<Parameters>>::name), ...);
            signature += "):";
            if constexpr (std::is_void_v<Result>) {
                signature += "void";
            } else {
                signature += Word<Result>::name;
            }
            raya_module_add_typed(builder, name, &entry, signature.c_str());
        }
    }
};

} // namespace detail

/** The boxed function of a plain C++ function, to be registered by hand. */
template <auto function> inline constexpr RayaNativeFunction boxed = &detail::Boxed<function, decltype(function)>::entry;

/** Builds a module. */
class Module {
public:
    Module(const char *name, const char *version) : builder_(raya_module_builder_new(name, version)) {}
    Module(const Module &) = delete;
    Module &operator=(const Module &) = delete;

    /** Adds a C++ function under the name it has in Raya. One that is noexcept and whose types are double, int32_t, bool and
     *  (as parameters) std::string_view also gets a typed entry, which calls reach without handles. */
    template <auto code> Module &function(const char *name)
    {
        raya_module_add_function(builder_, name, boxed<code>, detail::Boxed<code, decltype(code)>::arity);
        detail::Typed<code, decltype(code)>::add(builder_, name);
        return *this;
    }
    /** Adds a function that works on handles. */
    Module &function(const char *name, RayaNativeFunction entry, size_t arity)
    {
        raya_module_add_function(builder_, name, entry, arity);
        return *this;
    }
    RayaModule *finish() { return raya_module_builder_finish(std::exchange(builder_, nullptr)); }

private:
    RayaModuleBuilder *builder_;
};

} // namespace raya

#endif /* RAYA_MODULE_HPP */
