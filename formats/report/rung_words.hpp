#pragma once
// What a rung of the ladder says, in the text and in the picture alike.

#include <string>
#include <string_view>

#include "formats/analysis/ladder.hpp"

namespace formats {

/// Why an end has no line for a message; empty where it has one.
std::string_view unseen_in_words(RungSide::Seen seen);
/// "MM1 [SA V x5] in 2 fragments"
std::string label_of(const Rung& rung);
/// ":4500", the port that the message left from; empty: the same as before.
std::string port_of(const Rung& rung);

}  // namespace formats
