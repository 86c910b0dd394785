/* A module that throws what C++ can throw, in functions of both headers. */
#include <raya/module.hpp>

#include <exception>
#include <map>
#include <stdexcept>
#include <string>

static RayaValue *throw_standard(RayaContext *, RayaValue **args, size_t)
{
    throw std::runtime_error(std::string("no such thing: ") + raya_value_to_string(args[0]));
}

struct Strange {};
static RayaValue *throw_strange(RayaContext *, RayaValue **, size_t) { throw Strange{}; }
static RayaValue *throw_text(RayaContext *, RayaValue **, size_t) { throw "plain text"; }
static RayaValue *uncaught(RayaContext *ctx, RayaValue **, size_t) { return raya_value_from_i32(ctx, std::uncaught_exceptions()); }

static int32_t destroyed = 0;
struct Witness { ~Witness() { destroyed++; } };
static RayaValue *throw_through(RayaContext *, RayaValue **, size_t)
{
    Witness witness;
    throw std::logic_error("unwound");
}
static int32_t destructions() { return std::exchange(destroyed, 0); }

static std::string join(const std::vector<std::string> &parts, std::string_view separator)
{
    std::string joined;
    for (const std::string &part : parts) joined += (joined.empty() ? "" : std::string(separator)) + part;
    return joined;
}
static raya::Result<double> divide(double dividend, double divisor)
{
    if (divisor == 0) return raya::Error("division by zero", "RangeError", "E_ZERO");
    return dividend / divisor;
}
static int32_t at(const std::vector<int32_t> &numbers, uint32_t index) { return numbers.at(index); }
static std::vector<uint8_t> reversed(raya::Bytes bytes) { return std::vector<uint8_t>(std::make_reverse_iterator(bytes.end()), std::make_reverse_iterator(bytes.begin())); }
static std::optional<std::string> greeting(std::optional<std::string> name) { if (!name) return std::nullopt; return "hello " + *name; }
static double apply(raya::Context &context, raya::Function function, double number) { (void)context; return function(number).as<double>(); }
static raya::Object point(raya::Context &context, double x, double y)
{
    raya::Object object = raya::Object::create(context);
    object.set("x", x);
    object.set("y", y);
    return object;
}
static void require_object(raya::Object) {}

RAYA_MODULE_INIT(thrower) {
    return raya::Module("thrower", "1.0.0")
        .function("throwStandard", throw_standard, 1)
        .function("throwStrange", throw_strange, 0)
        .function("throwText", throw_text, 0)
        .function("throwThrough", throw_through, 0)
        .function("uncaught", uncaught, 0)
        .function<destructions>("destructions")
        .function<join>("join")
        .function<divide>("divide")
        .function<at>("at")
        .function<reversed>("reversed")
        .function<greeting>("greeting")
        .function<apply>("apply")
        .function<point>("point")
        .function<require_object>("requireObject")
        .finish();
}
