#include "formats/record/tells.hpp"

#include <array>
#include <utility>

namespace formats {

namespace {

constexpr std::array names{std::pair{Tells::nothing, std::string_view("nothing")},
                           std::pair{Tells::configuration, std::string_view("configuration")},
                           std::pair{Tells::policies, std::string_view("policies")},
                           std::pair{Tells::phase1, std::string_view("phase1")},
                           std::pair{Tells::phase2, std::string_view("phase2")},
                           std::pair{Tells::list_sas, std::string_view("list-sas")},
                           std::pair{Tells::connections, std::string_view("connections")},
                           std::pair{Tells::swanctl_conf, std::string_view("swanctl-conf")},
                           std::pair{Tells::ipsec_conf, std::string_view("ipsec-conf")},
                           std::pair{Tells::ipsec_secrets, std::string_view("ipsec-secrets")},
                           std::pair{Tells::traffic_status, std::string_view("traffic-status")},
                           std::pair{Tells::nat_table, std::string_view("nat-table")},
                           std::pair{Tells::log, std::string_view("log")},
                           std::pair{Tells::debug, std::string_view("debug")},
                           std::pair{Tells::version, std::string_view("version")},
                           std::pair{Tells::clock, std::string_view("clock")},
                           std::pair{Tells::debug_state, std::string_view("debug-state")},
                           std::pair{Tells::probe, std::string_view("probe")},
                           std::pair{Tells::debug_on, std::string_view("debug-on")},
                           std::pair{Tells::debug_off, std::string_view("debug-off")},
                           std::pair{Tells::session, std::string_view("session")}};

}  // namespace

std::string_view name_of(Tells tells) {
    for (const auto& [value, name] : names)
        if (value == tells) return name;
    return "";
}

std::optional<Tells> tells_of(std::string_view text) {
    for (const auto& [value, name] : names)
        if (name == text) return value;
    return std::nullopt;
}

}  // namespace formats
