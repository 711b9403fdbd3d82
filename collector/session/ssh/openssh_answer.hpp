#pragma once
// What OpenSSH itself makes of ssh_config, asked with `ssh -G`. libssh reads the same files and drops what it does not
// know without a word: HostKeyAlias, the second name of UserKnownHostsFile, `Match originalhost`, `KexAlgorithms +...`, a
// user with a backslash. Where such a word stands, and the program is there, its answer is taken in place of libssh's
// reading; the way that is written here does without both. Internal to the SSH transport.

#include <string>
#include <string_view>
#include <vector>

#include "collector/system/patience.hpp"
#include "formats/incident/target.hpp"
#include "formats/result.hpp"

namespace collector {

/// The words of the two files that libssh 0.10 does not follow, for whatever host: "HostKeyAlias, Match originalhost".
/// `also_included`: whether a file includes others, in which there may be more.
struct NotFollowed {
    std::string words;
    bool also_included = false;
};
NotFollowed not_followed_by_libssh(const std::string& user_config, const std::string& global_config);

struct OpensshAnswer {
    std::string user;
    std::string host_key_alias;                         ///< empty: none
    std::vector<std::string> user_files, global_files;  ///< of known hosts
    std::string host_key_algorithms;                    ///< a whole list, as libssh takes it
    bool names_agent = false;                           ///< IdentityAgent
    std::string configuration;                          ///< what libssh reads: "hostname 192.0.2.1\nport 22\n..."
};

/// The lines of `ssh -G`. Errors of kind usage: it is no such answer; its last words are quoted.
formats::Result<OpensshAnswer> read_openssh_answer(std::string_view text);

/// Has OpenSSH read `<ssh_folder>/config` and /etc/ssh/ssh_config for `target`; where the folder is not the one of the
/// user, only the first of them that is there. Errors: usage (the program is not there, a configuration that it refuses), timeout,
/// interrupted.
formats::Result<OpensshAnswer> ask_openssh(const std::string& endpoint, const formats::Target& target,
                                           const std::string& ssh_folder, const Patience& patience);

}  // namespace collector
