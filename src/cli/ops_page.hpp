// The reference page of all operations, made from the list.
#pragma once
#include <string>

namespace gradus::cli {

std::string ops_page();

}  // namespace gradus::cli
