# Warnings as errors, sanitizers, language level: one interface library that every target links.
add_library(bpyd_flags INTERFACE)
target_compile_features(bpyd_flags INTERFACE cxx_std_23)
target_include_directories(bpyd_flags INTERFACE "${PROJECT_SOURCE_DIR}/include")
target_compile_options(bpyd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Werror -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(bpyd_flags INTERFACE -Wshadow -fcolor-diagnostics)
else()
  # GCC 12 reports these inside libstdc++ and Asio when it optimises (GCC bugs 105329, 105651 and their kin).
  target_compile_options(bpyd_flags INTERFACE
    -Wshadow=local -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-stringop-overflow -Wno-array-bounds -Wno-mismatched-new-delete
    -Wno-missing-field-initializers)
endif()
if(BPYD_FUZZ)
  target_compile_options(bpyd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(BPYD_SANITIZE)
  target_compile_options(bpyd_flags INTERFACE -fsanitize=${BPYD_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(bpyd_flags INTERFACE -fsanitize=${BPYD_SANITIZE})
  if(BPYD_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # UBSan's function check cannot be combined with coroutines on clang; its vptr check opens a
    # pipe, and where a test has used up all descriptors it takes every object for a bad one.
    target_compile_options(bpyd_flags INTERFACE -fno-sanitize=function,vptr)
  endif()
endif()
if(BPYD_COVERAGE)
  target_compile_options(bpyd_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(bpyd_flags INTERFACE -fprofile-instr-generate)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(bpyd_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(bpyd_flags INTERFACE -static-libstdc++ -static-libgcc -Wl,--gc-sections -Wl,-z,now)
  # Relocations are read at every start: packed they are a fiftieth (glibc 2.36 and lld know how).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_link_options(bpyd_flags INTERFACE -Wl,-z,pack-relative-relocs -Wl,--icf=safe)
  endif()
endif()
target_compile_definitions(bpyd_flags INTERFACE BPYD_VERSION="${PROJECT_VERSION}")
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(bpyd_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# Paths below the tree are hashed as relative ones, so that a fresh clone finds what another tree
# compiled. The precompiled header names the tree it lies in: it is made anew in each, and known by
# the sum beside it of what it is made from.
find_program(BPYD_CCACHE ccache)
if(BPYD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${BPYD_CCACHE}")
endif()
find_program(BPYD_LLD NAMES ld.lld-19)
if(BPYD_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
