#include "formats/cisco/isakmp_policy.hpp"

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

constexpr std::size_t most_policies = 1024;

std::string encryption_of(std::string_view value) {
    if (value.find("Three key") != std::string_view::npos || value.find("3DES") != std::string_view::npos ||
        value.starts_with("Triple"))
        return "3des";
    if (value.find("AES") != std::string_view::npos || value.find("Advanced Encryption") != std::string_view::npos) {
        for (const std::string_view bits : {"256", "192"})
            if (value.find(bits) != std::string_view::npos) return "aes " + std::string(bits);
        return "aes";
    }
    return value.find("DES") != std::string_view::npos || value.find("Data Encryption") != std::string_view::npos
               ? "des"
               : std::string();
}

std::string hash_of(std::string_view value) {
    if (value.find("Message Digest") != std::string_view::npos) return "md5";
    for (const std::string_view bits : {"256", "384", "512"})
        if (value.find(bits) != std::string_view::npos) return "sha" + std::string(bits);
    return value.find("Secure Hash") != std::string_view::npos ? "sha" : std::string();
}

}  // namespace

std::vector<IkePolicy> parse_isakmp_policy(std::string_view text) {
    std::vector<IkePolicy> policies;
    bool is_default = true;
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        std::string_view content = trimmed(line);
        if (content.starts_with("Default ") || content.starts_with("Global IKE")) {
            is_default = true;
            continue;
        }
        if (take(content, "Protection suite of priority ")) {
            const auto priority = number_of(trimmed(content));
            is_default = !priority || policies.size() >= most_policies;
            if (is_default) continue;
            IkePolicy& policy = policies.emplace_back();
            policy.priority = static_cast<std::uint32_t>(*priority);
            policy.line = lines.number();
            continue;
        }
        if (is_default) continue;
        IkePolicy& policy = policies.back();
        const std::string_view value = trimmed(content.substr(std::min(content.find(':') + 1, content.size())));
        if (content.starts_with("encryption algorithm"))
            policy.encryption = encryption_of(value);
        else if (content.starts_with("hash algorithm"))
            policy.hash = hash_of(value);
        else if (content.starts_with("authentication method"))
            policy.authentication = value.find("Pre-Shared") != std::string_view::npos ? "pre-share" : "rsa-sig";
        else if (content.starts_with("Diffie-Hellman group") && value.starts_with("#"))
            policy.group = value.substr(1, value.find(' ') - 1);
        else if (content.starts_with("lifetime"))
            policy.lifetime = value.substr(0, value.find(' '));
    }
    return policies;
}

}  // namespace formats
