# gradus_embed(target name file): `file` becomes part of `target`, as std::span<const unsigned char> gradus::embedded::name.
# CMake alone writes the source: no tool is needed, and every compiler, linker and cross build does the same.
function(gradus_embed target name file)
  set(source ${PROJECT_BINARY_DIR}/embedded/${name}.cpp)
  if(NOT EXISTS ${source} OR ${file} IS_NEWER_THAN ${source} OR ${CMAKE_CURRENT_FUNCTION_LIST_FILE} IS_NEWER_THAN ${source})
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
    file(WRITE ${source} "#include <span>\nnamespace gradus::embedded {\nstatic constexpr unsigned char bytes[] = {\n${bytes}\n};\n"
      "extern const std::span<const unsigned char> ${name};\nconst std::span<const unsigned char> ${name}(bytes);\n}\n")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
