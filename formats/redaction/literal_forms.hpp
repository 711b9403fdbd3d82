#pragma once
// The ways one secret can be written down.

#include <string>
#include <string_view>
#include <vector>

namespace formats {

struct LiteralForm {
    std::string text;
    bool base64 =
        false;  ///< the middle of an encoding: what stands round it in the same run belongs to it
};

/// Plain first. Quoted with backslashes, for a URL and for XML when that makes a difference; hex in
/// both cases; base64 at each of the three alignments.
std::vector<LiteralForm> literal_forms(std::string_view value);

}  // namespace formats
