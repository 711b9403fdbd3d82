#pragma once
// What known_hosts files say about a host key. Read by ourselves, because libssh ignores @revoked and
// @cert-authority rows and does not tell which row it went by.
//
//   file     := { line "\n" }
//   line     := comment | [ marker SP ] patterns SP keytype SP base64 [ SP text ]
//   comment  := blank | "#" text
//   marker   := "@revoked" | "@cert-authority"
//   patterns := "|1|" base64-salt "|" base64-hmac-sha1 | pattern { "," pattern }
//   pattern  := [ "!" ] name with "*" and "?" | [ "!" ] "[" name "]:" port
//
// A row for a port other than 22 has to name it. A @revoked row is taken in its widest sense: a pattern that
// cannot be read matches, the port does not matter, a key that cannot be read is every key.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/result.hpp"

namespace collector {

/// A public key as it stands in known_hosts.
struct HostKey {
    std::string type;                 ///< "ssh-rsa"
    std::string base64;               ///< of the key's blob
    std::string fingerprint() const;  ///< "SHA256:..."; empty when base64 is none
};

struct KnownHostsText {
    std::string path;
    std::string text;
};

enum class HostKeyStanding : std::uint8_t { unknown, known, changed, other_type, revoked };

struct KnownHostsRow {
    std::string path;
    std::size_t line = 0;  ///< from 1
    HostKey key;
    std::string place() const;  ///< "/home/ops/.ssh/known_hosts:12"
};

struct HostKeyVerdict {
    HostKeyStanding standing = HostKeyStanding::unknown;
    std::optional<KnownHostsRow> row;        ///< the row that decided, unless unknown
    std::optional<KnownHostsRow> authority;  ///< a @cert-authority row for this host
};

/// Judges `key`, which `host` presented on `port`. Revoked outweighs known, known outweighs changed.
HostKeyVerdict judge_host_key(std::span<const KnownHostsText> files, std::string_view host, unsigned port,
                              const HostKey& key);

/// The types of the keys that known_hosts has for `host`, each once, the first row's first: "ssh-rsa".
std::vector<std::string> known_key_types(std::span<const KnownHostsText> files, std::string_view host, unsigned port);

/// "192.0.2.1 ssh-rsa AAAA...": the row to add for it, without newline.
std::string known_hosts_line(std::string_view host, unsigned port, const HostKey& key);

/// A file that is not there is empty. One that is there and cannot be read is an error of kind host_key: it
/// could hold a @revoked row.
formats::Result<KnownHostsText> read_known_hosts(const std::string& subject, const std::string& path);

/// Appends a row in one write; makes the file (0600) and its folder (0700) when needed.
formats::Result<void> add_known_host(const std::string& path, const std::string& line);

}  // namespace collector
