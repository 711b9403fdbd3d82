#pragma once
// The pre-shared keys of a configuration, without their values: of each only what stands in its place after
// redaction is kept. And whether the two ends of a tunnel hold the same ones.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/crypto_config.hpp"
#include "formats/redaction/psk_verdict.hpp"
#include "formats/redaction/redaction.hpp"

namespace formats {

struct PreSharedKey {
    std::string peer;        ///< address, "address mask" or host name; the tunnel group's name
    std::string kind;        ///< "isakmp key", "ikev1", "ikev2 remote", "ikev2 local"
    std::string value;       ///< "[REDACTED:psk:...]", "6 [REDACTED:...]", "*": for compare_psk()
    std::uint32_t line = 0;  ///< of the configuration; 0: not known
};

/// What stands in the key's place on its line: "isakmp key V address A", "pre-shared-key V".
std::string key_value_on(std::string_view line, std::string_view kind);

/// The keys of `configuration`, each line through the redaction. `parsed` is what it says.
std::vector<PreSharedKey> pre_shared_keys(const CryptoConfig& parsed, std::string_view configuration,
                                          Redaction& redaction);

/// Gives each key the value that it has in `clear`, where the device did not mask it; what only `clear` has is added.
void take_values(std::vector<PreSharedKey>& keys, const std::vector<PreSharedKey>& clear);

/// Those that are for this peer and no other.
std::vector<PreSharedKey> keys_for(const std::vector<PreSharedKey>& keys, const NameTable& names,
                                   std::string_view peer);

struct KeyComparison {
    PskVerdict verdict = PskVerdict::unverifiable;
    std::uint32_t line = 0, other_line = 0;  ///< of the pair that decided it; 0: there is none
};
/// IKEv1 has one key, IKEv2 one for each direction. One pair that differs decides; all must match for `match`.
KeyComparison compare_keys(const std::vector<PreSharedKey>& one, const std::vector<PreSharedKey>& other);

}  // namespace formats
