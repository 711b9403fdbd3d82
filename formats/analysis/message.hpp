#pragma once
// An IKE message as one end logged it, in the words of the protocol, whatever device printed the lines.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/event.hpp"

namespace formats {

enum class Exchange : std::uint8_t {
    unknown,
    main_mode,
    aggressive_mode,
    quick_mode,
    informational_v1,
    transaction,
    ike_sa_init,
    ike_auth,
    create_child_sa,
    informational_v2,
};
/// "main mode", "IKE_AUTH"; empty for unknown.
std::string_view name_of(Exchange exchange);
/// From the word that the device prints: "ID_PROT", "QUICK_MODE", "IKE_SA_INIT", "Main".
Exchange exchange_of(std::string_view word);
/// Of IKE; 0: not known.
unsigned version_of(Exchange exchange);

enum class Half : std::uint8_t { unknown, request, response };

struct IkeMessage {
    bool is_sent = false;
    Exchange exchange = Exchange::unknown;
    Half half = Half::unknown;
    unsigned step = 0;  ///< in its exchange of IKEv1, from 1; 0: not known
    std::optional<std::uint32_t> id;
    std::string payloads;                                        ///< "SA KE No V x5"; empty: the end did not say
    unsigned bytes = 0, fragments = 0, port = 0, peer_port = 0;  ///< 0: not said
    std::string state;                                           ///< of the device, before the message

    /// The lines that tell of it, in order; never empty.
    std::vector<const Event*> lines;
    /// The one whose time counts: the last before a message left, the first behind its arrival.
    const Event* moment = nullptr;
    /// It left, or arrived, once more: the first of them.
    std::vector<const Event*> repeats;
    std::size_t repeat_count = 0;
    /// What the end said about it: refusals, agreements, what came up.
    std::vector<const Event*> remarks;
};

/// "MM5", "QM1", "IKE_AUTH request"; "message" when nothing is known.
std::string label_of(const IkeMessage& message);
/// The payloads of a line in one spelling: "SA (1) + VENDOR (13) + VENDOR (13)" is "SA V x2".
std::string payloads_in_short(std::string_view payloads);
/// Whether `payloads` names one of them: "SA" in "SA KE No".
bool has_payload(std::string_view payloads, std::string_view name);

}  // namespace formats
