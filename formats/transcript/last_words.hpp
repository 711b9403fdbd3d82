#pragma once
// What a device said last before it ended a session, and what helps against it; and the shells that are none of a
// platform's, with the way from them to one that is.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/platform/profile.hpp"

namespace formats {

/// What an end of a session was about, in the device's words.
enum class Farewell : std::uint8_t {
    credentials,
    expired,
    authorization,
    autocommand,
    session_limit,
    not_permitted,
    no_password_set,
    too_slow
};

/// By the last lines of a dialogue, the newest last. `dialects`: their `[login] refusals` are words about credentials.
/// Nullopt: they say nothing that is known.
std::optional<Farewell> farewell_of(const std::vector<std::string>& last_words,
                                    const std::vector<const Profile*>& dialects);
/// In one sentence.
std::string_view remedy_of(Farewell farewell);

/// A shell that leads to a platform's.
struct ForeignShell {
    std::string_view title;
    std::string_view way_in;
};
/// By what such a shell says of itself, in a greeting or in the answer to `show version`. Null: none of the known ones.
const ForeignShell* foreign_shell_in(std::string_view text);

}  // namespace formats
