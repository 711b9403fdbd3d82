#include "collector/session/ssh/ssh_offer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace collector {
namespace {

constexpr std::size_t longest_offer = 16'384;
constexpr std::size_t longest_look = 8'192;
constexpr std::size_t cookie = 16;
constexpr unsigned char kexinit = 20;
constexpr std::size_t most_words = 4, longest_word = 255;

/// Big-endian words and name-lists off the front of a text.
class Cursor {
 public:
    explicit Cursor(std::string_view rest) : rest_(rest) {}
    std::optional<std::uint32_t> number() {
        const auto bytes = take(4);
        if (!bytes) return {};
        std::uint32_t value = 0;
        for (const char c : *bytes) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::optional<std::string_view> take(std::size_t size) {
        if (size > rest_.size()) return {};
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::optional<std::string> list() {
        const auto size = number();
        const auto names = size ? take(*size) : std::nullopt;
        if (!names) return {};
        return std::string(*names);
    }

 private:
    std::string_view rest_;
};

std::optional<std::string_view> after_banner(std::string_view stream) {
    for (;;) {
        const std::size_t end = stream.find('\n');
        if (end == std::string_view::npos) return {};
        const bool is_banner = stream.starts_with("SSH-");
        stream.remove_prefix(end + 1);
        if (is_banner) return stream;
    }
}

/// Calls `visit` with each name of a list.
template <class Visit>
bool any_name(std::string_view list, Visit visit) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (visit(list.substr(0, comma))) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

bool have_common(std::string_view left, std::string_view right) {
    return any_name(left, [&](std::string_view name) {
        return any_name(right, [&](std::string_view other) { return name == other; });
    });
}

}  // namespace

std::optional<AlgorithmOffer> parse_offer(std::string_view stream) {
    const auto packet = after_banner(stream);
    if (!packet) return {};
    Cursor cursor(*packet);
    const auto length = cursor.number();
    const auto head = cursor.take(2);
    if (!length || !head || static_cast<unsigned char>((*head)[1]) != kexinit || !cursor.take(cookie)) return {};
    const auto key_exchange = cursor.list(), host_key = cursor.list();
    const auto to_server = cursor.list(), to_client = cursor.list();
    const auto mac_to_server = cursor.list(), mac_to_client = cursor.list();
    if (!mac_to_client) return {};
    return AlgorithmOffer{*key_exchange, *host_key, *to_client, *mac_to_client};
}

std::vector<std::string> words_before_banner(std::string_view stream) {
    std::vector<std::string> words;
    while (!stream.empty() && !stream.starts_with("SSH-")) {
        const std::size_t end = std::min(stream.find('\n'), stream.size());
        std::string_view line = stream.substr(0, std::min(end, longest_word));
        stream.remove_prefix(std::min(end + 1, stream.size()));
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);  // npos + 1: nothing of it
        if (line.empty()) continue;
        if (words.size() == most_words) words.erase(words.begin());
        words.emplace_back(line);
    }
    return words;
}

std::string nothing_in_common(const AlgorithmOffer& theirs, const AlgorithmOffer& ours) {
    const auto describe = [](const char* what, const std::string& their, const std::string& our) {
        return std::string(what) + ": it offers [" + their + "], this program [" + our + "]";
    };
    if (!have_common(theirs.key_exchange, ours.key_exchange))
        return describe("key exchange", theirs.key_exchange, ours.key_exchange);
    if (!have_common(theirs.host_key, ours.host_key)) return describe("host key", theirs.host_key, ours.host_key);
    if (!have_common(theirs.cipher, ours.cipher)) return describe("cipher", theirs.cipher, ours.cipher);
    if (!have_common(theirs.mac, ours.mac)) return describe("MAC", theirs.mac, ours.mac);
    return {};
}

OfferWatch::OfferWatch(ssh_session session) : session_(session) { ssh_set_counters(session_, &taken_, &channel_); }

OfferWatch::~OfferWatch() { ssh_set_counters(session_, nullptr, nullptr); }

void OfferWatch::look(int fd) {
    // A look starts where libssh stopped reading; when it has read more than was seen, the thread is lost.
    const auto taken = static_cast<std::size_t>(taken_.in_bytes);
    if (taken > seen_.size() || taken >= longest_offer) return;
    seen_.resize(taken);
    std::array<char, longest_look> piece;  // not cleared: hundreds of threads log in at once, and keep what they touch
    const auto n = ::recv(fd, piece.data(), piece.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n > 0) seen_.append(piece.data(), static_cast<std::size_t>(n));
}

}  // namespace collector
