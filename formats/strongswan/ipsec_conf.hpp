#pragma once
// ipsec.conf of libreswan and of older strongSwan, and ipsec.secrets.
//
//   conn NAME                 "config setup" and "conn %default" as well
//       key=value             indented; comments with "#"; also=NAME takes over what that conn says
//   [ID...] : PSK "value"     ipsec.secrets

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/strongswan/settings.hpp"

namespace formats {

struct IpsecConn {
    std::string name;
    std::uint32_t line = 0;
    std::vector<Setting> settings;  ///< its own first, then what it takes over

    /// The first of that name; null when there is none.
    const Setting* setting(std::string_view key) const;
    /// Its value, else `otherwise`.
    std::string value(std::string_view key, std::string_view otherwise = {}) const;
};

/// The connections, `also` and %default resolved; %default is none of them.
std::vector<IpsecConn> parse_ipsec_conf(std::string_view text);

struct IpsecSecret {
    std::vector<std::string> ids;  ///< none: for everybody
    std::string value;             ///< as it stands in its place
    std::uint32_t line = 0;
};
/// The pre-shared keys; other kinds are left out.
std::vector<IpsecSecret> parse_ipsec_secrets(std::string_view text);

}  // namespace formats
