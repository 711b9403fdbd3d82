#include "formats/strongswan/ipsec_conf.hpp"

#include <algorithm>

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

constexpr std::size_t most_connections = 4096, most_settings = 512;
constexpr unsigned deepest_also = 8;

std::string unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
        text = text.substr(1, text.size() - 2);
    return kept(text);
}

void take_over(IpsecConn& into, const std::vector<IpsecConn>& all, std::string_view name, unsigned depth) {
    const auto from = std::find_if(all.begin(), all.end(), [&](const IpsecConn& c) { return c.name == name; });
    if (from == all.end() || depth > deepest_also) return;
    for (const Setting& setting : from->settings) {
        if (into.settings.size() >= most_settings) return;
        if (setting.key == "also")
            take_over(into, all, setting.value, depth + 1);
        else if (into.setting(setting.key) == nullptr)
            into.settings.push_back(setting);
    }
}

}  // namespace

const Setting* IpsecConn::setting(std::string_view key) const {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
    return found == settings.end() ? nullptr : &*found;
}

std::string IpsecConn::value(std::string_view key, std::string_view otherwise) const {
    const Setting* const found = setting(key);
    return found == nullptr ? std::string(otherwise) : found->value;
}

std::vector<IpsecConn> parse_ipsec_conf(std::string_view text) {
    std::vector<IpsecConn> written;
    bool in_connection = false;
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        const bool is_indented = !line.empty() && (line.front() == ' ' || line.front() == '\t');
        const std::string_view content = trimmed(line.substr(0, line.find('#')));
        if (content.empty()) continue;
        if (!is_indented) {
            const auto words = words_of(content, 3);
            in_connection = words.size() >= 2 && words[0] == "conn" && written.size() < most_connections;
            if (in_connection) written.push_back({kept(words[1]), lines.number(), {}});
            continue;
        }
        const std::size_t equals = content.find('=');
        if (!in_connection || equals == std::string_view::npos || written.back().settings.size() >= most_settings)
            continue;
        written.back().settings.push_back(
            {lowered(trimmed(content.substr(0, equals))), unquoted(content.substr(equals + 1)), lines.number()});
    }
    std::vector<IpsecConn> connections;
    for (const IpsecConn& one : written) {
        if (one.name == "%default") continue;
        IpsecConn whole{one.name, one.line, {}};
        take_over(whole, written, one.name, 0);
        take_over(whole, written, "%default", 0);
        connections.push_back(std::move(whole));
    }
    return connections;
}

std::vector<IpsecSecret> parse_ipsec_secrets(std::string_view text) {
    std::vector<IpsecSecret> secrets;
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#') continue;
        const std::size_t kind = content.find(": PSK");
        if (kind == std::string_view::npos || secrets.size() >= most_connections) continue;
        IpsecSecret secret;
        for (const std::string_view id : words_of(content.substr(0, kind))) secret.ids.push_back(unquoted(id));
        secret.value = unquoted(content.substr(kind + 5));
        secret.line = lines.number();
        secrets.push_back(std::move(secret));
    }
    return secrets;
}

}  // namespace formats
