/* native:adder - the smallest module: one function, and its types as data. */
#include <raya/module.h>

static RayaValue *add(RayaContext *ctx, RayaValue **args, size_t argc)
{
    (void)argc; /* the host has checked it against the 2 below */
    /* Anything but a number gives 0 and a pending TypeError, thrown when this returns. */
    return raya_value_from_number(ctx, raya_value_to_number(args[0]) + raya_value_to_number(args[1]));
}

/* Tools read this without running the module, so it needs no stub. */
RAYA_MODULE_DESCRIPTOR(adder,
    "declare module \"native:adder\" {\n"
    "    export function add(a: number, b: number): number;\n"
    "}\n")

RAYA_MODULE_INIT(adder)
{
    RayaModuleBuilder *builder = raya_module_builder_new("adder", "1.0.0");
    raya_module_add_function(builder, "add", add, 2);
    return raya_module_builder_finish(builder);
}
