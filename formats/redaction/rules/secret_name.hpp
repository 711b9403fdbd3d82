#pragma once
// Names of form fields, options, members and elements that say whether what they hold is secret.

#include <string_view>

namespace formats {

/// Whether what is called so is a secret: "password", "PreSharedKey", "ansible_ssh_pass", "radius.secret".
bool is_secret_name(std::string_view name);
/// Another name that ends with "key": what it holds is a secret when it reads as one.
bool may_be_key_name(std::string_view name);

}  // namespace formats
