#include "formats/bundle/tar_stream.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace formats {

namespace {

constexpr std::size_t block_size = 512, longest_pax = 4096;
// Writers fill up a record, of 10 KiB by custom. What is longer keeps its reader busy.
constexpr std::size_t most_blocks_behind = 2048;

bool is_zeros(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

/// Text in front of a NUL; none when there are other bytes behind it.
std::optional<std::string_view> text_of(std::string_view field) {
    const std::string_view text = field.substr(0, field.find('\0'));
    if (!is_zeros(field.substr(text.size()))) return std::nullopt;
    return text;
}

/// Octal digits, ended by blanks or NULs.
std::optional<std::uint64_t> number_of(std::string_view field) {
    std::uint64_t value = 0;
    std::size_t at = 0;
    for (; at < field.size() && field[at] >= '0' && field[at] <= '7'; ++at)
        value = value * 8 + static_cast<std::uint64_t>(field[at] - '0');
    for (; at < field.size(); ++at)
        if (field[at] != ' ' && field[at] != '\0') return std::nullopt;
    return value;
}

/// Whether `name` is `path` as a header of 100 bytes shortens it: each part is the begin of a part of the path.
bool is_short_for(std::string_view name, std::string_view path) {
    const std::string parts = "/" + std::string(path);
    while (!name.empty()) {
        const std::string part(name.substr(0, name.find('/')));
        name.remove_prefix(std::min(name.size(), part.size() + 1));
        if (part == "PaxHeader" || part == "@PaxHeader" || part == ".") continue;
        if (parts.find("/" + part) == std::string::npos) return false;
    }
    return true;
}

}  // namespace

bool TarStream::feed(std::string_view bytes) {
    while (!bytes.empty() && problem_.empty()) {
        if (content_ > 0) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(content_, bytes.size()));
            if (in_pax_) pax_ += bytes.substr(0, size);
            content_ -= size;
            bytes.remove_prefix(size);
        } else if (padding_ > 0) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(padding_, bytes.size()));
            if (!is_zeros(bytes.substr(0, size))) return refuse("bytes in the padding of a member");
            padding_ -= size;
            bytes.remove_prefix(size);
        } else {
            const std::size_t size = std::min(block_size - block_.size(), bytes.size());
            block_ += bytes.substr(0, size);
            bytes.remove_prefix(size);
            if (block_.size() < block_size) break;
            take_block();
            block_.clear();
        }
        if (in_pax_ && content_ == 0) take_pax();
    }
    return problem_.empty();
}

bool TarStream::finish() {
    if (!problem_.empty()) return false;
    if (!is_zeros(block_)) return refuse("bytes behind the end of the archive");
    if (blocks_behind_ == 0 || content_ > 0 || padding_ > 0) return refuse("the end of the archive is missing");
    return true;
}

bool TarStream::take_block() {
    if (is_zeros(block_)) {
        if (++blocks_behind_ > most_blocks_behind) return refuse("padding without end behind the archive");
        return true;
    }
    if (blocks_behind_ > 0) return refuse("bytes behind the end of the archive");
    return take_header();
}

bool TarStream::take_header() {
    // POSIX.1-2017, pax, "ustar Interchange Format": mode, uid, gid, time, checksum, device numbers.
    constexpr std::array<std::array<std::size_t, 2>, 7> numbers{
        {{100, 8}, {108, 8}, {116, 8}, {136, 12}, {148, 8}, {329, 8}, {337, 8}}};
    for (const auto& [at, size] : numbers)
        if (!number_of(field(at, size))) return refuse("a header of a tar with text in a number");
    const auto size = number_of(field(124, 12));
    const auto name = text_of(field(0, 100)), prefix = text_of(field(345, 155));
    const char type = block_[156];
    if (!size) return refuse("a header of a tar with text in a number");
    if (!name || !prefix) return refuse("bytes behind a name in a header of a tar");
    // GNU tar's own headers differ in the magic; what it may keep in the place of the prefix is refused with it.
    const bool is_gnu = field(257, 8) == std::string_view("ustar  \0", 8);
    if (!is_gnu && field(257, 8) != std::string_view("ustar\00000", 8))
        return refuse("a header that is neither POSIX tar's nor GNU tar's");
    if (is_gnu && !prefix->empty()) return refuse("bytes in a header of GNU tar that no member has");
    if (!is_zeros(field(157, 100))) return refuse("a link's target in a header of a tar");
    // An archive that root packed anew with tar is the same archive.
    for (const std::size_t at : {std::size_t{265}, std::size_t{297}})
        if (const auto owner = text_of(field(at, 32)); !owner || (!owner->empty() && *owner != "root"))
            return refuse("an owner's name in a header of a tar");
    if (!is_zeros(field(500, 12))) return refuse("bytes behind the fields of a header of a tar");

    const std::string whole = prefix->empty() ? std::string(*name) : std::string(*prefix) + "/" + std::string(*name);
    content_ = *size;
    padding_ = (block_size - *size % block_size) % block_size;
    if (type == 'x') {
        if (!long_path_.empty()) return refuse("two pax headers for one member");
        if (*size == 0 || *size > longest_pax) return refuse("a pax header that is no long path");
        pax_name_ = whole;
        in_pax_ = true;
        return true;
    }
    if (type != '0' && type != '\0' && type != '5') return refuse("a tar entry that is neither a file nor a folder");
    if (type == '5' && *size != 0) return refuse("a folder with content");
    if (!long_path_.empty() && !(is_short_for(whole, long_path_) && is_short_for(pax_name_, long_path_)))
        return refuse("a second name beside a member's path");
    long_path_.clear();
    return true;
}

bool TarStream::take_pax() {
    // One record, "LENGTH path=VALUE\n", of which the length counts every byte.
    constexpr std::string_view key = " path=";
    in_pax_ = false;
    const std::size_t at = pax_.find(key);
    const bool is_path = at != std::string::npos && pax_.substr(0, at) == std::to_string(pax_.size()) &&
                         pax_.find('\n') == pax_.size() - 1 && pax_.size() > at + key.size() + 1;
    if (!is_path) return refuse("a pax header that is no long path");
    long_path_ = pax_.substr(at + key.size(), pax_.size() - 1 - at - key.size());
    pax_.clear();
    return true;
}

bool TarStream::refuse(std::string_view what) {
    problem_ = what;
    return false;
}

}  // namespace formats
