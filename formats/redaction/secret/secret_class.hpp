#pragma once
// What kind of secret a value is: the word in its placeholder.

#include <cstdint>
#include <string_view>

namespace formats {

enum class SecretClass : std::uint8_t {
    password,
    psk,
    community,
    key,
    hash,
    private_key,
    url_password,
    activation_key,
    custom,
};
std::string_view name_of(SecretClass secret_class);  ///< "private-key": as in the placeholder

}  // namespace formats
