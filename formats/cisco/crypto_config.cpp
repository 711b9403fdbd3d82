#include "formats/cisco/crypto_config.hpp"

#include <algorithm>

#include "formats/cisco/config_reader.hpp"
#include "formats/cisco/show_outputs.hpp"

namespace formats {

const ConfigInterface* CryptoConfig::interface(std::string_view name) const {
    const auto at = std::find_if(interfaces.begin(), interfaces.end(), [&](const ConfigInterface& known) {
        return !name.empty() && (known.name == name || known.hardware == name);
    });
    return at == interfaces.end() ? nullptr : &*at;
}

const AccessList* CryptoConfig::access_list(std::string_view name) const {
    const auto at = access_lists.find(name);
    return at == access_lists.end() ? nullptr : &at->second;
}

bool CryptoConfig::is_own(std::uint32_t address) const {
    return std::any_of(interfaces.begin(), interfaces.end(), [&](const ConfigInterface& known) {
        return known.address == address ||
               std::find(known.further.begin(), known.further.end(), address) != known.further.end();
    });
}

std::optional<std::chrono::minutes> CryptoConfig::offset_of(std::string_view zone) const {
    const auto at = zones.find(zone);
    return at == zones.end() ? zone_offset(zone) : at->second;
}

CryptoConfig parse_crypto_config(std::string_view text, ConfigDialect assumed) {
    return ConfigReader().read(text, assumed);
}

}  // namespace formats
