#pragma once
// The file of `--key-file`: the key that keeps tokens equal over several calls.

#include <string>

#include "formats/result.hpp"

namespace collector {

/// The bytes of the file; to be wiped. Error usage: it cannot be read, others can read it too, it is longer than 4,096
/// bytes.
formats::Result<std::string> read_key_file(const std::string& path);

}  // namespace collector
