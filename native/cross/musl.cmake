# Compiles against musl, for x86-64. Debian's package: musl-tools.
set(musl_compiler x86_64-linux-gnu)
set(musl_specs /usr/lib/x86_64-linux-musl/musl-gcc.specs)
include(${CMAKE_CURRENT_LIST_DIR}/musl-common.cmake)
