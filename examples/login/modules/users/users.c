/* native:users - who there is. Shows how objects and null are returned. */
#include <raya/module.h>

#include "table.h"

static RayaValue *find(RayaContext *ctx, RayaValue **args, size_t argc)
{
    (void)argc;
    const char *name = raya_value_to_string(args[0]);
    if (name == NULL) return NULL; /* the pending TypeError is thrown */
    const struct user *user = table_find(name);
    if (user == NULL) return raya_value_null(ctx);
    RayaValue *result = raya_object_new(ctx);
    raya_object_set(result, "id", raya_value_from_i32(ctx, user->id));
    raya_object_set(result, "salt", raya_value_from_i32(ctx, user->salt));
    raya_object_set(result, "hash", raya_value_from_i32(ctx, user->hash));
    return result;
}

RAYA_MODULE_DESCRIPTOR(users,
    "declare module \"native:users\" {\n"
    "    export function find(name: string): { id: int, salt: int, hash: int } | null;\n"
    "}\n")

RAYA_MODULE_INIT(users)
{
    RayaModuleBuilder *builder = raya_module_builder_new("users", "1.0.0");
    raya_module_add_function(builder, "find", find, 1);
    return raya_module_builder_finish(builder);
}
