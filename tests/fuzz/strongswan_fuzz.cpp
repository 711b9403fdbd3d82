#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/cisco/tunnel_state.hpp"
#include "formats/strongswan/list_conns.hpp"
#include "formats/strongswan/list_sas.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto state = formats::parse_list_sas(text, "203.0.113.1");
    // Nothing is new compared with itself.
    if (formats::has_new_sas(state, state)) std::abort();
    // Whoever leads to this peer leads to somebody.
    const auto ours = formats::children_towards(text, "203.0.113.1");
    if (ours.size() > formats::children_towards(text, "").size()) std::abort();
    for (const auto& name : ours)
        if (name.find(' ') != std::string::npos) std::abort();
    return 0;
}
