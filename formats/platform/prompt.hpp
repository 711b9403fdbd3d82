#pragma once
// Is this unfinished line a prompt?
//
//   prompt = NAME [ "(" MODE ")" ] MARK { " " }         MARK: user_mark or enabled_mark of the profile
//   NAME   = letter or digit, then letters, digits and the profile's name-characters; or what its name-pattern matches
//
// "fw-a> ", "fw/pri/act# ", "fw(config-if)# ", "[root@gw ~]# ". The exact name is learned once after login; then only that
// name is believed, its failover part apart (device facts, sections 2.3 and 11 item 5).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/platform/profile.hpp"

namespace formats {

struct PromptMatch {
    enum class Mode : std::uint8_t { user, enabled, configuration } mode = Mode::user;
    std::string name;  ///< "fw/pri/act"
};

std::optional<PromptMatch> match_prompt(const Profile::Prompt& prompt, std::string_view unfinished_line);

/// Where the device's own log line begins in this line, 0 for a whole one; it is printed wherever the cursor stands,
/// also behind a prompt: "fw-a> %PIX-6-302013: Built outbound ...". Nullopt when there is none.
std::optional<std::size_t> find_log_line(const Profile::Prompt& prompt, std::string_view line);

/// The same device: equal names, or equal but for the profile's priorities, wherever they stand.
bool is_same_prompt_name(const Profile::Prompt& prompt, std::string_view learned, std::string_view seen);

}  // namespace formats
