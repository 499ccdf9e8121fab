# Dependencies, and the flags that every target of ours is compiled with.
find_package(Threads REQUIRED)  # the system's own, of which CMake knows
if(NOT GRADUS_PLAIN)
  find_package(hwy CONFIG REQUIRED)
  find_package(fmt REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(ZLIB REQUIRED)
endif()

# Debian's oneDNN runs on GCC's OpenMP runtime. Clang would bring its own into the same process, and two teams then fight
# for the cores; so OpenMP is for GCC, and any other compiler gets our own team of std::thread.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT GRADUS_PLAIN)
  set(default_threads openmp)
else()
  set(default_threads std)
endif()
set(GRADUS_THREADS ${default_threads} CACHE STRING "Thread team: openmp (GCC only) or std")
set_property(CACHE GRADUS_THREADS PROPERTY STRINGS openmp std)
if(NOT GRADUS_THREADS MATCHES "^(openmp|std)$")
  message(FATAL_ERROR "GRADUS_THREADS is '${GRADUS_THREADS}'; it must be openmp or std")
elseif(GRADUS_THREADS STREQUAL "openmp" AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "GRADUS_THREADS=openmp needs GCC: another compiler brings a second OpenMP runtime. Use GRADUS_THREADS=std")
endif()

set(use_onednn OFF)
if(GRADUS_ONEDNN)
  find_package(oneDNN QUIET)
  if(NOT oneDNN_FOUND)
    message(STATUS "oneDNN not found: the built-in product kernels are used")
  elseif(NOT oneDNN_VERSION MATCHES "^[23]\\.")
    message(STATUS "oneDNN ${oneDNN_VERSION} is not known to Gradus: the built-in product kernels are used")
  else()
    message(STATUS "oneDNN ${oneDNN_VERSION}")
    set(use_onednn ON)
  endif()
endif()

# -ffp-contract=off: a fused multiply-add is written fma(a, b, c), so every compiler gives the same numbers.
# BUILD_INTERFACE: header-only libraries leave no trace in the installed package. fmt is a library: header-only it would be compiled
# anew in every file, which was half of the time of a build.
function(gradus_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -ffp-contract=off
    $<$<BOOL:${GRADUS_WERROR}>:-Werror>
    # GCC 12 warns of overlap in std::string's own operator+ (its bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
  target_compile_definitions(${target} PRIVATE GRADUS_VERSION="${PROJECT_VERSION}")
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  if(GRADUS_PLAIN)  # headers of ours that stand in for those of the libraries
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/plain)
  else()
    target_link_libraries(${target} PRIVATE fmt::fmt
      $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  endif()
  if(GRADUS_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${GRADUS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${GRADUS_SANITIZE})
    target_compile_definitions(${target} PRIVATE GRADUS_SANITIZE=1)  # tests take smaller sizes
  endif()
  if(GRADUS_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(${target} PRIVATE --coverage)
  endif()
endfunction()

include(CheckLinkerFlag)
check_linker_flag(CXX -Wl,-z,pack-relative-relocs has_packed_relocations)

# A library of ours. Its own symbols keep the default visibility: an annotation on every class is noise for the reader, and
# `vtable` or `typeinfo` forgotten in one place breaks `catch`. Only the header-only libraries inside are hidden (hide.map).
# DEFINE_SYMBOL "": static and shared objects are then the same, and switching does not compile anything anew.
function(gradus_library target)
  gradus_options(${target})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON VISIBILITY_INLINES_HIDDEN ON DEFINE_SYMBOL "" INSTALL_RPATH "$ORIGIN"
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/hide.map)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE Threads::Threads)
  if(BUILD_SHARED_LIBS)
    target_link_options(${target} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/hide.map -Wl,-Bsymbolic-functions
      $<$<BOOL:${has_packed_relocations}>:-Wl,-z,pack-relative-relocs>)  # 0.2 MB of tables less
    if(NOT GRADUS_SANITIZE)
      target_link_options(${target} PRIVATE -Wl,--no-undefined)
    endif()
  endif()
endfunction()

# Programs that show or test every operation take the linear algebra where it is built.
function(gradus_use_linalg target)
  if(TARGET gradus_linalg)
    target_link_libraries(${target} PRIVATE gradus_linalg)
    target_compile_definitions(${target} PRIVATE GRADUS_LINALG=1)
  endif()
endfunction()

# What the core alone needs. libgomp is named and not found as "OpenMP", so that a program that a Clang user links with
# our static library gets the runtime that the library was compiled for.
function(gradus_core_dependencies target)
  if(NOT GRADUS_PLAIN)
    target_link_libraries(${target} PRIVATE hwy::hwy)
  endif()
  if(GRADUS_THREADS STREQUAL "openmp")
    target_compile_options(${target} PRIVATE -fopenmp)
    target_compile_definitions(${target} PRIVATE GRADUS_OPENMP=1)
    target_link_libraries(${target} PRIVATE gomp)
  endif()
  if(use_onednn)
    target_link_libraries(${target} PRIVATE oneDNN::oneDNN)
    target_compile_definitions(${target} PRIVATE GRADUS_ONEDNN=1)
  endif()
endfunction()
