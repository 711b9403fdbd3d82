#include "formats/record/outcome.hpp"

#include <array>
#include <utility>

namespace formats {

namespace {
constexpr std::array<std::pair<Outcome, std::string_view>, 10> outcome_names{{
    {Outcome::ok, "ok"},
    {Outcome::empty, "empty"},
    {Outcome::truncated, "truncated"},
    {Outcome::timed_out, "timed-out"},
    {Outcome::denied, "denied"},
    {Outcome::unsupported, "unsupported"},
    {Outcome::disconnected, "disconnected"},
    {Outcome::not_attempted, "not-attempted"},
    {Outcome::canceled, "canceled"},
    {Outcome::quarantined, "quarantined"},
}};
}  // namespace

std::string_view name_of(Outcome outcome) {
    for (const auto& [value, name] : outcome_names)
        if (value == outcome) return name;
    return "not-attempted";
}

std::optional<Outcome> outcome_of(std::string_view text) {
    for (const auto& [value, name] : outcome_names)
        if (name == text) return value;
    return std::nullopt;
}

Outcome outcome_after(const Error& why) {
    switch (why.kind) {
        case ErrorKind::timeout: return Outcome::timed_out;
        case ErrorKind::disconnected: return Outcome::disconnected;
        case ErrorKind::interrupted: return Outcome::canceled;
        case ErrorKind::rejected: return Outcome::denied;
        default: return Outcome::not_attempted;
    }
}

}  // namespace formats
