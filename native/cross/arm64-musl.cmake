# Cross-compiles for arm64 with musl, and runs what was built under an emulator. Debian's packages:
# g++-aarch64-linux-gnu, qemu-user, musl-tools; and those of arm64 that musl-arm64.sh unpacks.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
get_filename_component(musl_root ${CMAKE_CURRENT_LIST_DIR}/../../build-arm64-musl/root ABSOLUTE)
set(musl_compiler aarch64-linux-gnu)
# Debian has the specs for its own processor only.
set(musl_specs ${musl_root}/musl-gcc.specs)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${musl_root})
include(${CMAKE_CURRENT_LIST_DIR}/musl-common.cmake)
