/* native:checksum - Adler-32 of a text. Shows strings with their length, not copied. */
#include <raya/module.h>

static RayaValue *checksum(RayaContext *ctx, RayaValue **args, size_t argc)
{
    (void)argc;
    size_t length = 0;
    const char *text = raya_value_to_string_length(args[0], &length);
    if (text == NULL) return NULL; /* the pending TypeError is thrown */
    uint32_t low = 1, high = 0;
    for (size_t at = 0; at < length; at++) {
        low = (low + (unsigned char)text[at]) % 65521;
        high = (high + low) % 65521;
    }
    return raya_value_from_number(ctx, (double)high * 65536 + low);
}

RAYA_MODULE_DESCRIPTOR(checksum,
    "declare module \"native:checksum\" {\n"
    "    export function checksum(text: string): number;\n"
    "}\n")

RAYA_MODULE_INIT(checksum)
{
    RayaModuleBuilder *builder = raya_module_builder_new("checksum", "1.0.0");
    raya_module_add_function(builder, "checksum", checksum, 1);
    return raya_module_builder_finish(builder);
}
