/* The native module of the QuickJS bundle. */
#include "quickjs.h"

static JSValue native_add(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    int a, b;
    (void)self, (void)argc;
    if (JS_ToInt32(ctx, &a, argv[0]) || JS_ToInt32(ctx, &b, argv[1])) return JS_EXCEPTION;
    return JS_NewInt32(ctx, a + b);
}

static const JSCFunctionListEntry functions[] = {JS_CFUNC_DEF("add", 2, native_add)};

static int init(JSContext *ctx, JSModuleDef *m) {
    return JS_SetModuleExportList(ctx, m, functions, 1);
}

JSModuleDef *js_init_module_native(JSContext *ctx, const char *name) {
    JSModuleDef *m = JS_NewCModule(ctx, name, init);
    if (m) JS_AddModuleExportList(ctx, m, functions, 1);
    return m;
}
