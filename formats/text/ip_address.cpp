#include "formats/text/ip_address.hpp"

#include <arpa/inet.h>

#include <array>

namespace formats {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    std::size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (at >= text.size() || text[at] != '.') return std::nullopt;
            ++at;
        }
        std::uint32_t value = 0;
        const std::size_t start = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - start < 3)
            value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
        if (at == start || value > 255) return std::nullopt;
        address = address << 8U | value;
    }
    if (at != text.size()) return std::nullopt;
    return address;
}

std::string ipv4_text(std::uint32_t address) {
    std::string text;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        text += (text.empty() ? "" : ".") + std::to_string(address >> (shift - 8) & 0xFFU);
    return text;
}

bool is_ip_address(std::string_view text) {
    if (parse_ipv4(text)) return true;
    if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) == 1;
}

}  // namespace formats
