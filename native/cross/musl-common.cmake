# What both processors need for musl: the distribution's compilers with musl's specs. C++ has the
# headers of the distribution's libstdc++, told by musl/bits/os_defines.h what musl has.
set(CMAKE_C_COMPILER ${musl_compiler}-gcc)
set(CMAKE_CXX_COMPILER ${musl_compiler}-g++)
foreach(file libstdc++.so libgcc_s.so.1)
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${file}
    OUTPUT_VARIABLE path
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  set(musl_${file} ${path})
endforeach()
execute_process(
  COMMAND ${CMAKE_COMMAND} -E echo "#include <functional>"
  COMMAND ${CMAKE_CXX_COMPILER} -x c++ -M -MT x -
  OUTPUT_VARIABLE headers
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[^ \n]*/functional" musl_header "${headers}")
string(REGEX MATCH "[^ \n]*/bits/c\\+\\+config.h" musl_config "${headers}")
get_filename_component(musl_header ${musl_header} DIRECTORY)
get_filename_component(musl_config ${musl_config}/../.. ABSOLUTE)

# C++ is linked to the addon alone, which is no program.
set(CMAKE_CXX_COMPILER_WORKS TRUE)
set(CMAKE_C_FLAGS_INIT "-specs=${musl_specs}")
set(CMAKE_CXX_FLAGS_INIT
    "-specs=${musl_specs} -isystem ${CMAKE_CURRENT_LIST_DIR}/musl -isystem ${musl_header} -isystem ${musl_config}")
# The unwinder that the system's libstdc++ uses, too: two of them do not mix.
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "${musl_libgcc_s.so.1}")
