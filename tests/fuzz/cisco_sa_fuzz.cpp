#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/isakmp_sa.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/cisco/tunnel_state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    auto phase1 = formats::parse_isakmp_sa(text);
    auto phase2 = formats::parse_ipsec_sa(text);
    const formats::NameTable names{{"HQ", 0xCB007101}, {"net", 0x0A010100}};
    formats::resolve_names(phase1, names);
    formats::resolve_names(phase2, names);
    const auto state = formats::tunnel_state(phase1, phase2, "203.0.113.1");
    // Nothing is new compared with itself.
    if (formats::has_new_sas(state, state)) std::abort();
    (void)formats::share_a_pair(state, state);
    // The peer that is asked for is none of the others.
    for (const std::string& other : formats::other_peers(phase1, phase2, "203.0.113.1"))
        if (other == "203.0.113.1" || other.empty()) std::abort();
    (void)formats::parse_clock(text);
    (void)formats::parse_sessions(text);
    (void)formats::parse_version(text, "Version ([0-9][^\\s,]*)", "(?m)^Hardware:\\s+([^,\\r\\n]+)");
    (void)formats::parse_cpu(text, "5 seconds = ([0-9]+)%");
    return 0;
}
