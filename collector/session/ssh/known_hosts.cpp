#include "collector/session/ssh/known_hosts.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "collector/session/transport/tcp_connect.hpp"

namespace collector {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

constexpr std::size_t largest_file = 16U << 20;

using Bytes = std::vector<unsigned char>;

std::optional<Bytes> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.empty() || text.size() % 4 == 1 || text.size() > largest_file) return {};
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    });
    if (!clean) return {};
    std::string padded(text);
    padded.resize((text.size() + 3) / 4 * 4, '=');
    Bytes bytes(padded.size() / 4 * 3);
    if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(padded.data()),
                        static_cast<int>(padded.size())) < 0)
        return {};
    bytes.resize(bytes.size() - (padded.size() - text.size()));
    return bytes;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The next word of `rest`; empty at its end.
std::string_view next_word(std::string_view& rest) {
    const auto start = std::find_if_not(rest.begin(), rest.end(), is_blank);
    const auto end = std::find_if(start, rest.end(), is_blank);
    const std::string_view word(start, end);
    rest = std::string_view(end, rest.end());
    return word;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `*` and `?`, whatever the case of the pattern, by going back to the last star only: linear memory, and time bounded
/// by the product.
bool matches_wildcards(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == name[n]) && pattern[p] != '*') {
            ++p, ++n;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower(c);
    return result;
}

enum class Match : std::uint8_t { no, yes, unreadable };

Match match_hashed(std::string_view patterns, std::span<const std::string> names) {
    constexpr std::string_view version = "|1|";
    if (!patterns.starts_with(version)) return Match::unreadable;
    patterns.remove_prefix(version.size());
    const std::size_t bar = patterns.find('|');
    if (bar == std::string_view::npos) return Match::unreadable;
    const auto salt = decode_base64(patterns.substr(0, bar));
    const auto expected = decode_base64(patterns.substr(bar + 1));
    if (!salt || !expected || expected->size() != SHA_DIGEST_LENGTH) return Match::unreadable;
    for (const auto& name : names) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        if (HMAC(EVP_sha1(), salt->data(), static_cast<int>(salt->size()),
                 reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data(), &size) == nullptr)
            return Match::unreadable;
        if (std::equal(expected->begin(), expected->end(), digest.begin())) return Match::yes;
    }
    return Match::no;
}

Match match_patterns(std::string_view patterns, std::span<const std::string> names) {
    if (patterns.starts_with('|')) return match_hashed(patterns, names);
    Match match = Match::no;
    while (!patterns.empty()) {
        const std::size_t comma = std::min(patterns.find(','), patterns.size());
        std::string_view pattern = patterns.substr(0, comma);
        patterns.remove_prefix(std::min(comma + 1, patterns.size()));
        const bool negated = pattern.starts_with('!');
        if (negated) pattern.remove_prefix(1);
        const bool hit = std::any_of(names.begin(), names.end(),
                                     [&](const std::string& name) { return matches_wildcards(pattern, name); });
        if (hit && negated) return Match::no;
        if (hit) match = Match::yes;
    }
    return match;
}

struct HostNames {
    std::vector<std::string> exact;   // what an ordinary row has to match
    std::vector<std::string> widest;  // what a @revoked row may match
};

HostNames names_of(std::string_view host, unsigned port) {
    const std::string plain = lower(host);
    const std::string bracketed = "[" + plain + "]:" + std::to_string(port);
    if (port == 22) return {{plain, bracketed}, {plain, bracketed}};
    return {{bracketed}, {bracketed, plain}};
}

class Judge {
 public:
    Judge(std::string_view host, unsigned port, const HostKey& key)
        : names_(names_of(host, port)), key_(key), blob_(decode_base64(key.base64)) {}

    void line(const std::string& path, std::size_t number, std::string_view rest) {
        std::string_view first = next_word(rest);
        if (first.empty() || first.front() == '#') return;
        const std::string marker = first.front() == '@' ? lower(first) : std::string();
        if (!marker.empty()) first = next_word(rest);
        const auto row = [&] {
            const std::string_view type = next_word(rest);
            return KnownHostsRow{path, number, {std::string(type), std::string(next_word(rest))}};
        };
        // Most rows are those of others.
        if (marker == "@revoked") {
            if (match_patterns(first, names_.widest) != Match::no) revoked(row());
        } else if (marker == "@cert-authority") {
            if (!verdict_.authority && match_patterns(first, names_.exact) == Match::yes) verdict_.authority = row();
        } else if (marker.empty() && match_patterns(first, names_.exact) == Match::yes) {
            ordinary(row());
        }
    }

    HostKeyVerdict verdict() { return std::move(verdict_); }

 private:
    void revoked(const KnownHostsRow& row) {
        const auto blob = decode_base64(row.key.base64);
        if (blob && blob_ && *blob != *blob_) return;
        decide(HostKeyStanding::revoked, row);
    }

    void ordinary(const KnownHostsRow& row) {
        const auto blob = decode_base64(row.key.base64);
        if (!blob) return;  // an SSH-1 row, or garbage: it vouches for nothing
        if (blob_ && *blob == *blob_) return decide(HostKeyStanding::known, row);
        decide(row.key.type == key_.type ? HostKeyStanding::changed : HostKeyStanding::other_type, row);
    }

    /// The first row of the weightiest standing is the one that is shown.
    void decide(HostKeyStanding standing, const KnownHostsRow& row) {
        if (weight(standing) <= weight(verdict_.standing)) return;
        verdict_.standing = standing;
        verdict_.row = row;
    }

    static int weight(HostKeyStanding standing) {
        switch (standing) {
            case HostKeyStanding::unknown: return 0;
            case HostKeyStanding::other_type: return 1;
            case HostKeyStanding::changed: return 2;
            case HostKeyStanding::known: return 3;
            case HostKeyStanding::revoked: return 4;
        }
        return 4;
    }

    HostNames names_;
    const HostKey& key_;
    std::optional<Bytes> blob_;
    HostKeyVerdict verdict_;
};

Result<void> make_folder_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos || slash == 0) return {};
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return formats::system_error(folder, "making the folder", errno);
    return {};
}

}  // namespace

std::string HostKey::fingerprint() const {
    const auto blob = decode_base64(base64);
    if (!blob) return {};
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(blob->data(), blob->size(), digest.data());
    std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    std::string fingerprint = "SHA256:" + std::string(reinterpret_cast<const char*>(text.data()));
    fingerprint.erase(fingerprint.find_last_not_of('=') + 1);
    return fingerprint;
}

std::string KnownHostsRow::place() const { return path + ":" + std::to_string(line); }

namespace {

/// Calls `visit(path, number, line)` with each line, the first one 1.
template <class Visit>
void each_row(std::span<const KnownHostsText> files, Visit visit) {
    for (const auto& file : files) {
        std::string_view rest = file.text;
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            visit(file.path, number, line);
        }
    }
}

}  // namespace

HostKeyVerdict judge_host_key(std::span<const KnownHostsText> files, std::string_view host, unsigned port,
                              const HostKey& key) {
    Judge judge(host, port, key);
    each_row(files, [&](const std::string& path, std::size_t number, std::string_view line) {
        judge.line(path, number, line);
    });
    return judge.verdict();
}

std::vector<std::string> known_key_types(std::span<const KnownHostsText> files, std::string_view host, unsigned port) {
    const HostNames names = names_of(host, port);
    std::vector<std::string> types;
    each_row(files, [&](const std::string&, std::size_t, std::string_view rest) {
        const std::string_view first = next_word(rest);
        if (first.empty() || first.front() == '#' || first.front() == '@') return;
        if (match_patterns(first, names.exact) != Match::yes) return;
        const std::string type(next_word(rest));
        if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    });
    return types;
}

std::string known_hosts_line(std::string_view host, unsigned port, const HostKey& key) {
    const std::string name = port == 22 ? lower(host) : "[" + lower(host) + "]:" + std::to_string(port);
    return name + " " + key.type + " " + key.base64;
}

Result<KnownHostsText> read_known_hosts(const std::string& subject, const std::string& path) {
    const auto failed = [&](int errno_value) {
        Error error = formats::system_error(subject, "reading " + path, errno_value);
        error.kind = ErrorKind::host_key;
        error.remedy = "Make the file readable: it may revoke this host key.";
        return error;
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return KnownHostsText{path, {}};
        return failed(errno);
    }
    KnownHostsText result{path, {}};
    std::array<char, 4096> chunk;
    for (;;) {
        const ssize_t n = ::read(file.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(errno);
        if (n == 0) return result;
        result.text.append(chunk.data(), static_cast<std::size_t>(n));
        if (result.text.size() > largest_file) return failed(EFBIG);
    }
}

Result<void> add_known_host(const std::string& path, const std::string& line) {
    if (auto made = make_folder_of(path); !made) return made;
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (file.get() < 0) return formats::system_error(path, "adding a host key", errno);
    // A last line without its newline would swallow the new one.
    std::string row = line + "\n";
    char last = '\n';
    struct stat status {};
    if (::fstat(file.get(), &status) == 0 && status.st_size > 0 &&
        ::pread(file.get(), &last, 1, status.st_size - 1) == 1 && last != '\n')
        row.insert(0, 1, '\n');
    const ssize_t written = ::write(file.get(), row.data(), row.size());
    if (written != static_cast<ssize_t>(row.size()))
        return formats::system_error(path, "adding a host key", written < 0 ? errno : ENOSPC);
    return {};
}

}  // namespace collector
