#include "formats/transcript/last_words.hpp"

#include <algorithm>
#include <array>

#include "formats/text/ascii.hpp"

namespace formats {

namespace {

struct Words {
    std::string_view text;  ///< in small letters
    Farewell farewell;
};

/// In this order: a line may hold words of more than one row.
constexpr std::array<Words, 36> farewells{{
    {"autocommand", Farewell::autocommand},
    {"authorization failed", Farewell::authorization},
    {"authorisation failed", Farewell::authorization},
    {"authorization denied", Farewell::authorization},
    {"not authorized", Farewell::authorization},
    {"not authorised", Farewell::authorization},
    {"none set", Farewell::no_password_set},
    {"password has expired", Farewell::expired},
    {"password is expired", Farewell::expired},
    {"password expired", Farewell::expired},
    {"account has expired", Farewell::expired},
    {"session limit", Farewell::session_limit},
    {"sessions limit", Farewell::session_limit},
    {"maximum number", Farewell::session_limit},
    {"maximum sessions", Farewell::session_limit},
    {"too many", Farewell::session_limit},
    {"limit reached", Farewell::session_limit},
    {"limit exceeded", Farewell::session_limit},
    {"lines are", Farewell::session_limit},
    {"in use", Farewell::session_limit},
    {"is busy", Farewell::session_limit},
    {"no free", Farewell::session_limit},
    {"sessions are", Farewell::session_limit},
    {"resources", Farewell::session_limit},
    {"maxstartups", Farewell::session_limit},
    {"not permitted", Farewell::not_permitted},
    {"not allowed", Farewell::not_permitted},
    {"not welcome", Farewell::not_permitted},
    {"refused connect", Farewell::not_permitted},
    {"permission denied", Farewell::not_permitted},
    {"prohibited", Farewell::not_permitted},
    {"refused by", Farewell::not_permitted},
    {"connection refused", Farewell::not_permitted},
    {"closed by access", Farewell::not_permitted},
    {"timed out", Farewell::too_slow},
    {"timeout expired", Farewell::too_slow},
}};

constexpr ForeignShell ftd{
    "Firepower Threat Defense, its own shell (CLISH)",
    "ASA commands are in its diagnostic shell: `system support diagnostic-cli`, then `enable`; give the account or "
    "`exec:` target that leads there"};
constexpr ForeignShell fxos{
    "Firepower eXtensible Operating System (FXOS), the chassis",
    "`connect ftd` and then `system support diagnostic-cli` (or `connect asa`) lead to the firewall; give the "
    "firewall's own management address"};

struct Shown {
    std::string_view text;
    const ForeignShell* shell;
};
/// In this order: FTD names the FXOS below it in its greeting.
constexpr std::array<Shown, 6> foreign_shells{{
    {"Threat Defense v", &ftd},
    {"Threat Defense (", &ftd},
    {"Syntax error: Illegal ", &ftd},
    {"(FX-OS) Software", &fxos},
    {"Firmware-Vers:", &fxos},
    {"FX-OS Software", &fxos},
}};

}  // namespace

std::optional<Farewell> farewell_of(const std::vector<std::string>& last_words,
                                    const std::vector<const Profile*>& dialects) {
    for (auto line = last_words.rbegin(); line != last_words.rend(); ++line) {
        const std::string said = lowered(*line);
        for (const Words& words : farewells)
            if (said.find(words.text) != std::string::npos) return words.farewell;
        for (const Profile* dialect : dialects)
            for (const std::string& refusal : dialect->login.refusals)
                if (said.find(lowered(refusal)) != std::string::npos) return Farewell::credentials;
    }
    return std::nullopt;
}

std::string_view remedy_of(Farewell farewell) {
    switch (farewell) {
        case Farewell::credentials: return "check user name and password; what was sent will not be sent again";
        case Farewell::expired: return "log in by hand once and set a new password";
        case Farewell::authorization:
            return "the account may log in but not work there: ask for exec authorisation of it on the AAA server";
        case Farewell::autocommand:
            return "an autocommand is set for this account or line (AAA server, `username`, `line vty`): have it "
                   "removed, or name another account";
        case Farewell::session_limit:
            return "its sessions or lines are taken: end one by hand, or wait until one times out";
        case Farewell::not_permitted:
            return "it does not take sessions from this host: ask for it in its access list, or name a way over "
                   "another host (ssh_config ProxyJump)";
        case Farewell::no_password_set:
            return "its line has no password, so nobody may log in there: use SSH or the console, or have one set";
        case Farewell::too_slow: return "it gives less time for a login than this one took";
    }
    return {};
}

const ForeignShell* foreign_shell_in(std::string_view text) {
    const auto* found = std::find_if(foreign_shells.begin(), foreign_shells.end(), [&](const Shown& shown) {
        return text.find(shown.text) != std::string_view::npos;
    });
    return found == foreign_shells.end() ? nullptr : found->shell;
}

}  // namespace formats
