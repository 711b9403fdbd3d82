#pragma once
// How a planned item ended: the closed set of contract section 4.

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

enum class Outcome : std::uint8_t {
    ok,
    empty,
    truncated,
    timed_out,
    denied,
    unsupported,
    disconnected,
    not_attempted,
    canceled,
    quarantined,
};

std::string_view name_of(Outcome outcome);  ///< "timed-out"
std::optional<Outcome> outcome_of(std::string_view name);
Outcome outcome_after(const Error& why);  ///< of an item that was given up for it

}  // namespace formats
