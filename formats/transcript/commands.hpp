#pragma once
// What a line that was typed at a device asks for, shortened as people type it: commands.toml. A bundle's captures are
// read by the same table, so that nothing depends on what a capture is called.

#include <optional>
#include <string>
#include <string_view>

#include "formats/record/tells.hpp"

namespace formats {

struct KnownCommand {
    Tells tells = Tells::nothing;
    std::string_view file;  ///< "show-crypto-isakmp-sa.txt"
};
/// Nothing when no row matches.
std::optional<KnownCommand> known_command(std::string_view typed);

/// What a text tells that nobody named: an export, a file that was attached.
Tells tells_of_text(std::string_view beginning);

}  // namespace formats
