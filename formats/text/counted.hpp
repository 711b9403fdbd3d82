#pragma once
// Numbers of things as people write them: "1 endpoint", "2 endpoints".

#include <cstdint>
#include <string>
#include <string_view>

namespace formats {

/// `thing` is a noun whose plural ends in s.
inline std::string counted(std::uint64_t number, std::string_view thing) {
    return std::to_string(number).append(" ").append(thing).append(number == 1 ? "" : "s");
}

/// `single` for one, else `several`: "is", "are".
inline std::string_view by_number(std::uint64_t number, std::string_view single, std::string_view several) {
    return number == 1 ? single : several;
}

}  // namespace formats
