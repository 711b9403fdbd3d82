#include "formats/strongswan/list_sas.hpp"

#include <charconv>
#include <optional>
#include <string>

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

std::optional<std::uint32_t> hex_number(std::string_view text) {
    if (text.ends_with(',')) text.remove_suffix(1);
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::uint64_t packets_of(const std::vector<std::string_view>& words) {
    for (std::size_t i = 1; i < words.size(); ++i)
        if (words[i].starts_with("packets")) return number_of(words[i - 1]).value_or(0);
    return 0;
}

}  // namespace

TunnelState parse_list_sas(std::string_view text, std::string_view peer) {
    TunnelState state;
    // Of the IKE SA whose lines are read: is it with the peer, and is the child of it in use?
    bool ours = false, installed = false;
    std::string ike_state;
    IkeRole role = IkeRole::unknown;
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        const auto words = words_of(line, 16);
        if (words.size() < 2) continue;
        if (line.front() != ' ') {
            // NAME: #1, STATE, IKEv1, SPI_i* SPI_r: the star stands at our own end.
            ours = installed = false;
            ike_state = words.size() > 2 ? std::string(words[2].substr(0, words[2].find(','))) : "";
            role = line.find("_i*") != std::string_view::npos   ? IkeRole::initiator
                   : line.find("_r*") != std::string_view::npos ? IkeRole::responder
                                                                : IkeRole::unknown;
        } else if (words[0] == "remote" && words.size() >= 4 && words[2] == "@") {
            const std::string_view address = words[3].substr(0, words[3].find('['));
            ours = peer.empty() || address == peer;
            if (!ours) continue;
            state.phase1_state = ike_state;
            state.phase1_up = ike_state == "ESTABLISHED" || ike_state == "REKEYING";
            state.role = role;
            if (state.stage == TunnelState::Stage::down) state.stage = TunnelState::Stage::building;
        } else if (words[0].ends_with(":") && words.size() > 3) {
            installed = ours && line.find("INSTALLED") != std::string_view::npos;
        } else if (installed && (words[0] == "in" || words[0] == "out")) {
            const auto spi = hex_number(words[1]);
            if (!spi) continue;
            state.spis.emplace(words[0] == "in", *spi);
            (words[0] == "in" ? state.decaps : state.encaps) += packets_of(words);
        }
    }
    bool in = false, out = false;
    for (const auto& [inbound, spi] : state.spis) (inbound ? in : out) = true;
    if (in && out) state.stage = TunnelState::Stage::up;
    return state;
}

}  // namespace formats
