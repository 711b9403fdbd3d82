#pragma once
// What a question of keyboard-interactive asks for. Servers word it as they like: it is told by its words, and what
// names no password is for a person. Internal to the SSH transport.

#include <cstdint>
#include <string_view>

namespace collector {

enum class SshQuestion : std::uint8_t {
    user,          ///< "Username:"; its answer is shown while it is typed
    password,      ///< "Password:", "admin@fw1's password:", "Enter PASSCODE:"
    once,          ///< a password or code that is good for one login: "One-time password:", "Token code:"
    new_password,  ///< "New Password:", "Retype password:": the one in use has expired
    other,         ///< whatever else, and whatever is shown while it is typed
};

/// `prompt` in any case and of any bytes; `echo`: the server has the answer shown.
SshQuestion question_of(std::string_view prompt, bool echo);

}  // namespace collector
