/* A static Lua bundle: the program as text in the image, its native module preloaded. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include "program.h"

static int native_add(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + luaL_checkinteger(L, 2));
    return 1;
}

static const luaL_Reg functions[] = {{"add", native_add}, {NULL, NULL}};

static int open_native(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}

int main(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_native);
    lua_setfield(L, -2, "native");
    return luaL_loadbuffer(L, (const char *)program, program_length, "main") || lua_pcall(L, 0, 0, 0);
}
