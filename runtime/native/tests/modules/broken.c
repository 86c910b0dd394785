/* A module whose registration is wrong in the way CASE says. */
#include <raya/module.h>

static RayaValue *nothing(RayaContext *ctx, RayaValue **args, size_t argc)
{
    (void)ctx, (void)args, (void)argc;
    return NULL;
}

RAYA_MODULE_INIT(broken) {
#if CASE == 1
    return NULL;
#elif CASE == 2
    RayaModuleBuilder *builder = raya_module_builder_new("other", "1.0.0");
#elif CASE == 3
    RayaModuleBuilder *builder = raya_module_builder_new("broken", "one");
#elif CASE == 4
    RayaModuleBuilder *builder = raya_module_builder_new(NULL, "1.0.0");
#else
    RayaModuleBuilder *builder = raya_module_builder_new("broken", "1.0.0");
#endif
#if CASE > 1
    raya_module_add_function(builder, "nothing", nothing, 0);
#if CASE == 5
    raya_module_add_function(builder, "nothing", nothing, 0);
    raya_module_add_function(builder, "codeless", NULL, 0);
    raya_module_add_function(builder, "wide", nothing, 256);
#elif CASE == 6
    raya_module_add_function(builder, NULL, nothing, 0);
    raya_module_add_function(builder, "\xC3(", nothing, 0);
#elif CASE == 7
    raya_module_builder_finish(builder);
#elif CASE == 8
    static RayaFunctionDescriptor functions[1] = {{"nothing", nothing, 0}};
    static RayaModule by_hand = {"broken", "1.0.0", RAYA_ABI_VERSION, 1, functions};
    (void)builder;
    return &by_hand;
#endif
    return raya_module_builder_finish(builder);
#endif
}
