#include "formats/redaction/address_mask.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::string_view map_heading = "# tacbundle address map 1";
constexpr std::size_t longest_word = 64;

using Bits = std::vector<unsigned char>;  // an address, most significant byte first

bool bit(const Bits& address, std::size_t i) { return (address[i / 8] >> (7 - i % 8) & 1) != 0; }

struct Block {
    Bits address;
    std::size_t length;
    bool kept;  // the whole address stays, not only its block
};

const std::vector<Block>& blocks(std::size_t bytes) {
    static const std::vector<Block> four = {{{0, 0, 0, 0}, 8, true},      {{10, 0, 0, 0}, 8, false},
                                            {{127, 0, 0, 0}, 8, true},    {{169, 254, 0, 0}, 16, true},
                                            {{172, 16, 0, 0}, 12, false}, {{192, 168, 0, 0}, 16, false},
                                            {{224, 0, 0, 0}, 3, true}};
    static const std::vector<Block> sixteen = [] {
        std::vector<Block> list;
        const auto add = [&](std::initializer_list<unsigned char> first, std::size_t length, bool kept) {
            Bits address(first);
            address.resize(16);
            list.push_back({std::move(address), length, kept});
        };
        add({0}, 64, true);  // ::, ::1
        add({0xfc}, 7, false);
        add({0xfe, 0x80}, 10, true);
        add({0xff}, 8, true);
        return list;
    }();
    return bytes == 4 ? four : sixteen;
}

std::size_t shared_bits(const Bits& a, const Bits& b, std::size_t most) {
    std::size_t i = 0;
    while (i < most && bit(a, i) == bit(b, i)) ++i;
    return i;
}

// How many of the first bits stay: a block maps to itself when no bit on the way to it is turned
// over.
std::size_t kept_bits(const Bits& address) {
    std::size_t kept = 0;
    for (const Block& block : blocks(address.size())) {
        const std::size_t shared = shared_bits(address, block.address, block.length);
        if (shared == block.length) return block.kept ? address.size() * 8 : block.length;
        kept = std::max(kept, shared + 1);  // also the bit at which it leaves the way
    }
    return kept;
}

// 255.255.240.0 or 0.0.15.255.
bool is_mask(const Bits& address) {
    if (address.size() != 4) return false;
    std::size_t changes = 0;
    for (std::size_t i = 1; i < 32; ++i) changes += bit(address, i) != bit(address, i - 1) ? 1u : 0u;
    const bool starts = bit(address, 0);
    return changes == 0 || (changes == 1 && (starts ? address[0] == 255 : address[0] == 0));
}

std::size_t last_masked_bit(const Bits& address) {
    if (address.size() == 4) return 24;
    const bool small =
        std::all_of(address.begin() + 8, address.end() - 2, [](unsigned char byte) { return byte == 0; });
    return small ? 64 : 128;
}

std::optional<Bits> read_address(std::string_view text) {
    if (text.size() < 3 || text.size() >= longest_word) return std::nullopt;
    const std::string word(text);
    Bits four(4), sixteen(16);
    if (text.find(':') == std::string_view::npos) {
        if (inet_pton(AF_INET, word.c_str(), four.data()) == 1) return four;
        return std::nullopt;
    }
    if (inet_pton(AF_INET6, word.c_str(), sixteen.data()) != 1) return std::nullopt;
    // Eight pairs of hex digits are bytes of a key or a fingerprint.
    const bool bytes = text.size() == 23 && text.find("::") == std::string_view::npos;
    if (bytes) return std::nullopt;
    return sixteen;
}

std::string spelled(const Bits& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

bool is_address_char(char c) { return is_hex(c) || c == '.' || c == ':'; }

// Calls `replace` for each word that can be an address and puts its answer in the place.
template <class Replace>
std::string replace_words(std::string_view text, Replace replace) {
    std::string out;
    out.reserve(text.size());
    // "203.0.113.9:500", "addr:10.1.1.1", "::ffff:192.0.2.1": a dotted address with something before or behind.
    const auto replace_parts = [&](std::string_view run) {
        for (;;) {
            const std::size_t colon = std::min(run.find(':'), run.size());
            const std::string_view part = run.substr(0, colon);
            if (part.find('.') == std::string_view::npos)
                out.append(part);
            else
                out.append(replace(part));
            if (colon == run.size()) return;
            out.push_back(':');
            run.remove_prefix(colon + 1);
        }
    };
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_address_char(text[end])) ++end;
        if (end == at) {
            // A word with other letters is none, as a whole.
            const bool word = is_alnum(text[at]);
            out.push_back(text[at++]);
            while (word && at < text.size() && is_alnum(text[at])) out.push_back(text[at++]);
            continue;
        }
        std::string_view run = text.substr(at, end - at);
        std::string_view punctuation;
        while (!run.empty() &&
               (run.back() == '.' || (run.back() == ':' && (run.size() < 2 || run[run.size() - 2] != ':')))) {
            run.remove_suffix(1);
            punctuation = text.substr(at + run.size(), end - at - run.size());
        }
        const bool joined = end < text.size() && punctuation.empty() && is_alnum(text[end]);
        if (joined)
            out.append(run);
        else if (run.find(':') != std::string_view::npos && run.find('.') != std::string_view::npos &&
                 (run.front() == ':' || !read_address(run)))
            replace_parts(run);
        else
            out.append(replace(run));
        out.append(punctuation);
        at = end;
        if (joined)
            while (at < text.size() && is_alnum(text[at])) out.push_back(text[at++]);
    }
    return out;
}

}  // namespace

AddressMask::AddressMask(std::unique_ptr<TokenKey> key) : key_(std::move(key)) {}
AddressMask::~AddressMask() = default;

Result<std::shared_ptr<AddressMask>> AddressMask::make(const std::optional<std::string>& key) {
    auto made = TokenKey::make(key);
    if (!made) return made.error();
    return std::shared_ptr<AddressMask>(new AddressMask(std::move(*made)));
}

std::optional<std::string> AddressMask::mask_word(std::string_view word) {
    const auto address = read_address(word);
    if (!address || is_mask(*address)) return std::string(word);
    const std::lock_guard lock(mutex_);
    const std::string original = spelled(*address);
    if (const auto known = masked_.find(original); known != masked_.end()) return known->second;
    const std::size_t first = kept_bits(*address), last = last_masked_bit(*address);
    if (first >= address->size() * 8) return std::string(word);
    Bits masked = *address;
    for (std::size_t i = first; i < last; ++i) {
        // The bits before, and how many they are.
        std::string prefix = address->size() == 4 ? "address-4 " : "address-6 ";
        for (std::size_t before = 0; before < i; ++before) prefix.push_back(bit(*address, before) ? '1' : '0');
        const std::string digits = key_->token(prefix);
        if (digits.empty()) return std::nullopt;
        const bool turned = (static_cast<unsigned>(digits.front()) & 1u) != 0;
        if (turned) masked[i / 8] = static_cast<unsigned char>(masked[i / 8] ^ (0x80u >> i % 8));
    }
    images_.insert(spelled(masked));
    return masked_.emplace(original, spelled(masked)).first->second;
}

std::optional<std::string> AddressMask::mask_text(std::string_view text) {
    bool failed = false;
    std::string out = replace_words(text, [&](std::string_view word) {
        auto masked = mask_word(word);
        failed = failed || !masked;
        return masked.value_or(std::string());
    });
    if (failed) return std::nullopt;
    return out;
}

void AddressMask::find_unmasked(std::string_view text, const std::function<void(std::size_t)>& found) const {
    replace_words(text, [&](std::string_view word) {
        if (const auto address = read_address(word)) {
            const std::string original = spelled(*address);
            const std::lock_guard lock(mutex_);
            if (masked_.count(original) > 0 && images_.count(original) == 0)
                found(static_cast<std::size_t>(word.data() - text.data()));
        }
        return std::string();
    });
}

Result<void> AddressMask::write_map(const std::filesystem::path& path) const {
    std::string text(map_heading);
    text.push_back('\n');
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [original, masked] : masked_) text.append(masked).append("\t").append(original).append("\n");
    }
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return system_error(path.string(), "creating the address map", errno);
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = ::write(file, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int error = errno;
            ::close(file);
            return system_error(path.string(), "writing the address map", error);
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::close(file) != 0) return system_error(path.string(), "writing the address map", errno);
    return {};
}

Result<AddressMap> AddressMap::read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return system_error(path.string(), "reading the address map", errno);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) return system_error(path.string(), "reading the address map", errno);
    return parse(text, path.string());
}

Result<AddressMap> AddressMap::parse(std::string_view text, std::string_view subject) {
    AddressMap map;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const auto fail = [&](const char* why) {
            return Error{ErrorKind::invalid, std::string(subject) + ":" + std::to_string(number), why, {}};
        };
        if (number == 1) {
            if (line != map_heading) return fail("not an address map of this program");
            continue;
        }
        const std::size_t tab = line.find('\t');
        if (tab == std::string_view::npos) return fail("no tab between two addresses");
        const auto masked = read_address(line.substr(0, tab)), original = read_address(line.substr(tab + 1));
        if (!masked || !original || masked->size() != original->size()) return fail("not two addresses of one family");
        map.original_.emplace(spelled(*masked), spelled(*original));
        if (masked->size() == 4) {
            const std::string from = spelled(*masked), to = spelled(*original);
            map.networks_.emplace(from.substr(0, from.rfind('.')), to.substr(0, to.rfind('.')));
        }
    }
    if (number == 0) return Error{ErrorKind::invalid, std::string(subject), "empty; not an address map", {}};
    return map;
}

std::string AddressMap::unmask(std::string_view text) const {
    return replace_words(text, [this](std::string_view word) -> std::string {
        const auto address = read_address(word);
        if (!address) return std::string(word);
        const std::string masked = spelled(*address);
        if (const auto known = original_.find(masked); known != original_.end()) return known->second;
        if (address->size() == 4) {
            const std::size_t dot = masked.rfind('.');
            if (const auto known = networks_.find(masked.substr(0, dot)); known != networks_.end())
                return known->second + masked.substr(dot);
        }
        return std::string(word);
    });
}

std::string AddressTail::take(std::string_view chunk) {
    held_.append(chunk);
    std::size_t cut = held_.size();
    while (cut > 0 && held_.size() - cut < 2 * longest_word &&
           (is_alnum(held_[cut - 1]) || held_[cut - 1] == '.' || held_[cut - 1] == ':'))
        --cut;
    std::string ready = held_.substr(0, cut);
    held_.erase(0, cut);
    return ready;
}

std::string AddressTail::rest() { return std::exchange(held_, {}); }

}  // namespace formats
