#pragma once
// Texts of devices with {slots}: `{peer}` is replaced by its value; a word in braces that is no
// slot stays as it is, because devices print braces too (`in use settings ={L2L, Tunnel, }`).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lab {

using Slots = std::map<std::string, std::string, std::less<>>;

/// Values may hold further slots, two levels deep at most.
std::string fill(std::string_view text, const Slots& slots);

/// LF to CR LF, as a terminal line wants it; a CR LF stays one.
std::string to_wire(std::string_view text);

std::string hexadecimal(std::uint32_t value, bool upper);

}  // namespace lab
