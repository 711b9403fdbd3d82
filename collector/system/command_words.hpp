#pragma once
// A command line that a user wrote in one string (`command:CMD`, `exec:COMMAND`) as words, without a shell:
// nothing is expanded, no variable, no pattern, no pipe.
//
//   line = { blank | word }
//   word = { plain | "\" any | "'" {any but "'"} "'" | '"' { any but '"' and "\" | "\" any } '"' }
//
// Inside double quotes a backslash takes '"' and "\" only; before anything else it stays. A newline or a
// control character is refused.

#include <string>
#include <string_view>
#include <vector>

#include "formats/result.hpp"

namespace collector {

/// At least one word. Errors of kind usage never show the line: it may hold a secret.
formats::Result<std::vector<std::string>> command_words(std::string_view line);

/// The same for exec(): pointers to `words`, which must outlive them, and a null at the end.
std::vector<char*> argument_vector(const std::vector<std::string>& words);

}  // namespace collector
