# find_package(Raya): the target Raya::Module, and raya_add_module.
#
#   find_package(Raya REQUIRED)
#   raya_add_module(crypto crypto.cpp)             # libcrypto.so for the fallback, crypto_static for bundles
#   target_link_libraries(my_target PRIVATE Raya::Module)   # or the headers alone

get_filename_component(RAYA_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET Raya::Module)
  add_library(Raya::Module INTERFACE IMPORTED)
  set_target_properties(Raya::Module PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${RAYA_PREFIX}/include")
endif()

# raya_add_module(NAME SOURCE...): a shared library lib<NAME>.so, and a static one of the same objects, <NAME>_static.
function(raya_add_module name)
  add_library(${name}_objects OBJECT ${ARGN})
  set_target_properties(${name}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${name}_objects PUBLIC Raya::Module)
  add_library(${name} SHARED $<TARGET_OBJECTS:${name}_objects>)
  set_target_properties(${name} PROPERTIES PREFIX "lib")
  target_link_libraries(${name} PUBLIC Raya::Module)
  add_library(${name}_static STATIC $<TARGET_OBJECTS:${name}_objects>)
  set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name} PREFIX "lib")
  target_link_libraries(${name}_static PUBLIC Raya::Module)
endfunction()
