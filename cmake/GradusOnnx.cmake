# gradus_onnx: models of other frameworks. In a target of its own, because nothing else needs protobuf.
find_package(Protobuf QUIET)
if(NOT Protobuf_FOUND OR NOT TARGET protobuf::protoc)
  message(STATUS "protobuf not found: built without ONNX (Debian: libprotobuf-dev, protobuf-compiler)")
  return()
endif()
message(STATUS "protobuf ${Protobuf_VERSION}")

set(onnx_folder ${PROJECT_BINARY_DIR}/generated/onnx)
file(MAKE_DIRECTORY ${onnx_folder})
set(onnx_schema ${PROJECT_SOURCE_DIR}/src/formats/onnx/onnx.proto)
add_custom_command(OUTPUT ${onnx_folder}/onnx.pb.cc ${onnx_folder}/onnx.pb.h
  COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR}/src/formats/onnx --cpp_out=${onnx_folder} ${onnx_schema}
  DEPENDS ${onnx_schema} VERBATIM)

sources_of(onnx_sources formats/onnx)
add_library(gradus_onnx ${onnx_sources} ${onnx_folder}/onnx.pb.cc ${onnx_folder}/onnx.pb.h)
add_library(gradus::onnx ALIAS gradus_onnx)
gradus_library(gradus_onnx)
# SYSTEM: what protoc writes is not held to our warnings.
target_include_directories(gradus_onnx SYSTEM PRIVATE ${onnx_folder})
set_source_files_properties(${onnx_folder}/onnx.pb.cc PROPERTIES COMPILE_OPTIONS -w)
target_link_libraries(gradus_onnx PUBLIC gradus PRIVATE protobuf::libprotobuf-lite)
gradus_use_linalg(gradus_onnx)
