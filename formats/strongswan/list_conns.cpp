#include "formats/strongswan/list_conns.hpp"

#include <algorithm>

#include "formats/cisco/device_text.hpp"

namespace formats {

std::vector<std::string> children_towards(std::string_view text, std::string_view peer) {
    std::vector<std::string> children;
    bool connection = false;  // one began: what stands before it belongs to one whose head is lost
    bool ours = false;
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        const auto words = words_of(line, 16);
        if (words.size() < 2 || !words[0].ends_with(':')) continue;
        const std::size_t depth = line.find_first_not_of(' ');
        const std::string_view name = words[0].substr(0, words[0].size() - 1);
        if (depth == 0) {
            connection = true;
            ours = peer.empty();
        } else if (!connection) {
            continue;
        } else if (depth == 2 && name == "remote") {
            // Several addresses stand one behind the other: `203.0.113.1, 203.0.113.2`.
            ours = ours || std::any_of(words.begin() + 1, words.end(), [&](std::string_view address) {
                       return address.substr(0, address.find(',')) == peer;
                   });
        } else if (depth == 2 && name != "local" && ours) {
            const std::string_view mode = words[1].substr(0, words[1].find(','));
            if (mode == "TUNNEL" || mode == "TRANSPORT" || mode == "BEET") children.emplace_back(name);
        }
    }
    return children;
}

}  // namespace formats
