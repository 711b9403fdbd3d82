#pragma once
// What a device says when it is asked which debugs are on, and what that proves.
//
//   nothing on   no line at all, or frames only: headings of IOS XE, "Load for five secs: ..."
//   on           a line that an item's `listed` matches, wherever it stands in it: glued behind other text, in capitals
//   of others    a line that `other` matches, behind a heading where the device prints one: no item of ours
//
// An answer with any other line proves nothing: a refusal, an error of the AAA server, a piece of a stream. The
// device's own log lines say nothing either way.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/platform/profile.hpp"

namespace formats {

struct DebugState {
    enum class Verdict : std::uint8_t {
        none,     ///< no item of the profile is on, and the whole answer was understood
        listed,   ///< items are on
        refused,  ///< the device refuses to tell
        unclear,  ///< the answer, or a part of it, is not understood
    };
    Verdict verdict = Verdict::unclear;
    std::vector<std::string> items;  ///< ids of the profile's items that are on
    bool others = false;             ///< a crypto debug that is no item of the profile is on
    std::vector<std::string> on;     ///< the lines that tell of debugs that are on, of the profile and others
    std::string words;               ///< refused, unclear: the device's own line
};

/// `answer`: the lines between the echo of the question and the prompt behind it. `beside`: what the device printed of
/// itself meanwhile, its log lines and what stands behind a prompt; it need not be understood, but a listing or a
/// refusal that is glued to it counts.
DebugState read_debug_state(const Profile& profile, std::string_view answer, std::string_view beside = {});

}  // namespace formats
