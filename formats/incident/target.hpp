#pragma once
// ENDPOINT and TARGET of the command line and the incident file (contract, section 2):
//
//   ENDPOINT = [NAME "="] TARGET            split only when what stands before the first "=" is a NAME
//   NAME     = [A-Za-z0-9][A-Za-z0-9._-]{0,31}
//   TARGET   = ssh://[user@]host[:port][?query] | telnet://[user@]host[:port][?query] | exec:COMMAND
//            | [user@]host[:port][?query] | ALIAS[?query]    (a Host alias of ssh_config, or a host)
//   query    = key=value {"&" key=value}    keys: those of [[endpoint]] without name and target
//
// The user of a URL may be percent-encoded: CORP%5Cuser is CORP\user. IPv6 hosts stand in brackets. A password in a URL, or `-pw` / `sshpass -p` in an exec: command, is a
// usage error with the remedy.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "formats/result.hpp"

namespace formats {

enum class Transport : std::uint8_t { ssh, telnet, exec };

struct Target {
    Transport transport = Transport::ssh;
    std::string user;        ///< empty: ssh_config, then the login name
    std::string host;        ///< without brackets; empty for exec
    std::uint16_t port = 0;  ///< 0: the transport's default, or ssh_config's
    std::string command;     ///< exec only
    std::string written;     ///< as the user wrote it, without the query: for people and the manifest
    std::map<std::string, std::string> query;
};

bool is_endpoint_name(std::string_view text);
Result<Target> parse_target(std::string_view text);

struct NamedTarget {
    std::string name;  ///< empty when none was given
    Target target;
};
Result<NamedTarget> parse_endpoint_argument(std::string_view text);

}  // namespace formats
