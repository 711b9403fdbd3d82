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

std::vector<SwanIkeSa> parse_list_sas_rows(std::string_view text) {
    constexpr std::size_t most_rows = 4096;
    std::vector<SwanIkeSa> rows;
    DeviceLines lines(text);
    std::string_view line;
    const auto unquoted = [](std::string_view word) {
        return std::string(word.substr(0, word.rfind('\'')).substr(word.starts_with('\'') ? 1 : 0));
    };
    while (lines.next(line)) {
        const auto words = words_of(line, 24);
        if (words.size() < 2) continue;
        if (line.front() != ' ' && line.front() != '\t') {
            if (!words[0].ends_with(':') || !words[1].starts_with('#') || rows.size() >= most_rows) continue;
            SwanIkeSa& ike = rows.emplace_back();
            ike.line = lines.number();
            ike.name = kept(words[0].substr(0, words[0].size() - 1));
            if (words.size() > 2) ike.state = kept(words[2].substr(0, words[2].find(',')));
            for (const std::string_view word : words) {
                if (word.starts_with("IKEv")) ike.version = word.substr(0, 5) == "IKEv2" ? 2 : 1;
                if (const auto mark = word.find("_i"); mark == 16) ike.initiator_spi = word.substr(0, 16);
                if (const auto mark = word.find("_r"); mark == 16) ike.responder_spi = word.substr(0, 16);
                if (word.ends_with("_i*")) ike.role = IkeRole::initiator;
                if (word.ends_with("_r*")) ike.role = IkeRole::responder;
            }
            continue;
        }
        if (rows.empty()) continue;
        SwanIkeSa& ike = rows.back();
        if ((words[0] == "local" || words[0] == "remote") && words.size() >= 4 && words[2] == "@") {
            (words[0] == "local" ? ike.local_id : ike.remote_id) = unquoted(words[1]);
            (words[0] == "local" ? ike.local_address : ike.remote_address) =
                kept(words[3].substr(0, words[3].find('[')));
        } else if (words[0].ends_with(":") && words.size() > 3 && words[1].starts_with('#')) {
            SwanChildSa& child = ike.children.emplace_back();
            child.line = lines.number();
            child.name = kept(words[0].substr(0, words[0].size() - 1));
            child.in_udp = line.find("in-UDP") != std::string_view::npos;
            for (const std::string_view state : {"INSTALLED", "REKEYED", "REKEYING", "DELETED", "DELETING", "CREATED"})
                if (line.find(std::string(state) + ",") != std::string_view::npos) child.state = state;
        } else if (!ike.children.empty()) {
            SwanChildSa& child = ike.children.back();
            if (words[0] == "in" || words[0] == "out") {
                (words[0] == "in" ? child.spi_in : child.spi_out) = hex_number(words[1]).value_or(0);
                (words[0] == "in" ? child.packets_in : child.packets_out) = packets_of(words);
            } else if (words[0] == "local" || words[0] == "remote") {
                (words[0] == "local" ? child.local : child.remote) = kept(words[1]);
            } else if (words[0] == "installed") {
                for (std::size_t i = 1; i + 2 < words.size(); ++i)
                    if (words[i] == "rekeying" && words[i + 1] == "in") {
                        std::string_view number = words[i + 2];
                        child.rekeying_in = take_number(number);
                    }
            }
        }
    }
    return rows;
}

}  // namespace formats
