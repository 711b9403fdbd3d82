#include "formats/redaction/scan/clean_line.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr char escape = '\x1b';
constexpr char bell = '\a';
constexpr char rubout = '\x7f';
constexpr std::size_t longest_sequence = 256;

bool is_shown(char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != rubout) || c == '\t'; }

// How many bytes the terminal sequence takes that starts at `at` (an ESC).
std::size_t sequence_length(std::string_view line, std::size_t at) {
    if (at + 1 >= line.size()) return 1;
    const std::size_t limit = std::min(line.size(), at + longest_sequence);
    const char kind = line[at + 1];
    if (kind == '[') {
        for (std::size_t i = at + 2; i < limit; ++i) {
            const auto byte = static_cast<unsigned char>(line[i]);
            if (byte >= 0x40 && byte <= 0x7e) return i + 1 - at;
            if (byte < 0x20 || byte > 0x3f) return i - at;
        }
        return limit - at;
    }
    if (kind == ']') {
        for (std::size_t i = at + 2; i < limit; ++i) {
            if (line[i] == bell) return i + 1 - at;
            if (line[i] == escape) return std::min(i + 2, line.size()) - at;
        }
        return 2;
    }
    if (kind == '(' || kind == ')' || kind == '#' || kind == '%') return std::min<std::size_t>(3, line.size() - at);
    return static_cast<unsigned char>(kind) < 0x20 ? 1 : 2;
}

bool has_controls(std::string_view line) {
    // Branch-free, so that the compiler makes vector code of it.
    unsigned found = 0;
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        found |= static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t');
        found |= static_cast<unsigned>(byte == 0x7f);
    }
    return found != 0;
}

bool is_ascii(std::string_view line) {
    std::uint64_t all = 0;
    std::size_t at = 0;
    for (; at + sizeof all <= line.size(); at += sizeof all) {
        std::uint64_t eight;
        std::memcpy(&eight, line.data() + at, sizeof eight);
        all |= eight;
    }
    for (; at < line.size(); ++at) all |= static_cast<unsigned char>(line[at]);
    return (all & 0x8080808080808080u) == 0;
}

class Views {
 public:
    explicit Views(std::vector<CleanView>& views) : views_(views) {}
    CleanView& next(CleanView::Kind kind) {
        if (used_ == views_.size()) views_.emplace_back();
        views_[used_].clear();
        views_[used_].kind = kind;
        return views_[used_++];
    }
    CleanView& at(std::size_t i) { return views_[i]; }
    void drop_last() { --used_; }
    std::size_t used() const { return used_; }

 private:
    std::vector<CleanView>& views_;
    std::size_t used_ = 0;
};

// The view again with blanks, or nothing, for what is not ASCII.
void read_again(const CleanView& view, CleanView& read) {
    const std::string_view text = view.text;
    std::size_t joint = 0;
    for (std::size_t piece = 0; piece < view.pieces.size(); ++piece) {
        const auto [begin, raw] = view.pieces[piece];
        const std::size_t end = piece + 1 < view.pieces.size() ? view.pieces[piece + 1].begin : text.size();
        for (; joint < view.joints.size() && view.joints[joint] <= begin; ++joint)
            read.joints.push_back(read.text.size());
        for (std::size_t at = begin; at < end;) {
            std::size_t next = at;
            if (is_wide(text[at])) {
                next += wide_length(text.substr(at, end - at));
                if (read.kind == CleanView::Kind::spaced || is_wide_blank(text.substr(at, next - at)))
                    read.push(" ", raw + (at - begin));
            } else {
                while (next < end && !is_wide(text[next])) ++next;
                read.push(text.substr(at, next - at), raw + (at - begin));
            }
            at = next;
        }
    }
}

// The further readings of the views from `first` on.
void add_readings(std::size_t first, Views& views) {
    for (std::size_t i = first, end = views.used(); i < end; ++i) {
        if (is_ascii(views.at(i).text)) continue;
        for (const auto kind : {CleanView::Kind::reduced, CleanView::Kind::spaced}) {
            CleanView& read = views.next(kind);
            CleanView& view = views.at(i);  // where it is now
            read_again(view, read);
            if (!view.for_state || trim(read.text).empty()) continue;
            view.for_state = false;
            read.for_state = true;
        }
    }
}

// One physical line, at `offset` of the raw text. Returns which view shows how it looks at the end.
std::size_t read_line(std::string_view line, std::size_t offset, Views& views) {
    const std::size_t shown = views.used();
    views.next(CleanView::Kind::shown).for_state = true;
    if (!has_controls(line)) {
        views.at(shown).push(line, offset);
        add_readings(shown, views);
        return shown;
    }
    views.next(CleanView::Kind::stretch);
    std::size_t stretch = shown + 1;
    bool erasing = false;
    bool edited = false;
    for (std::size_t i = 0; i < line.size();) {
        const char c = line[i];
        if (c == '\b' || c == rubout || c == '\r') {
            edited = true;
            CleanView& screen = views.at(shown);
            if (c == '\r') {
                screen.clear();
            } else if (!screen.text.empty()) {
                screen.pop();
            }
            if (!erasing && !views.at(stretch).text.empty()) {
                views.next(CleanView::Kind::stretch);
                stretch = views.used() - 1;
            }
            erasing = true;
            ++i;
            continue;
        }
        erasing = false;
        if (c == escape) {
            i += sequence_length(line, i);
            continue;
        }
        std::size_t end = i;
        while (end < line.size() && is_shown(line[end])) ++end;
        std::string_view bytes = line.substr(i, end - i);
        if (bytes.empty() && (c == '\v' || c == '\f')) bytes = " ";
        views.at(shown).push(bytes, offset + i);
        views.at(stretch).push(bytes, offset + i);
        i = std::max(end, i + 1);
    }
    if (!edited) views.drop_last();
    add_readings(shown, views);
    return shown;
}

}  // namespace

std::string_view without_line_break(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    return line;
}

std::size_t wide_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (first >= 0xc2 && first < 0xf5) length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length > text.size()) return 1;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
    return length;
}

bool is_wide_blank(std::string_view character) {
    if (character == "\xa0" || character == "\xc2\xa0") return true;              // no-break space
    if (character == "\xe3\x80\x80" || character == "\xe2\x81\x9f") return true;  // ideographic, mathematical
    if (!character.starts_with("\xe2\x80") || character.size() != 3) return false;
    const auto last = static_cast<unsigned char>(character[2]);
    return last <= 0x8a || last == 0xaf;  // en quad to hair space, narrow no-break space
}

bool may_be_wrapped(std::string_view line) {
    if (line.size() < wrap_columns || line.size() > wrap_columns * 4 + 64) return false;
    line.remove_prefix(own_stamp_length(line));
    if (line.size() != wrap_columns) {
        // In UTF-8 a line of 80 letters has more bytes, and only then.
        if (line.size() < wrap_columns || is_ascii(line)) return false;
        const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
        const auto letters =
            line.size() - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), is_continuation));
        if (letters != wrap_columns) return false;
    }
    return line.find("[REDACTED:") == std::string_view::npos;
}

std::size_t clean_views(std::string_view raw, std::vector<CleanView>& storage) {
    Views views(storage);
    std::vector<std::size_t> shown;
    shown.reserve(8);
    for (std::size_t at = 0; at < raw.size();) {
        const std::size_t end = std::min(raw.find('\n', at), raw.size());
        const std::string_view line = without_line_break(raw.substr(at, end - at));
        shown.push_back(read_line(line, at, views));
        at = end + 1;
    }
    if (shown.size() > 1) {
        const std::size_t at = views.used();
        CleanView& joined = views.next(CleanView::Kind::joined);
        for (std::size_t i = 0; i < shown.size(); ++i) {
            const CleanView& line = views.at(shown[i]);
            if (i > 0) joined.joints.push_back(joined.text.size());
            const std::size_t begin = i == 0 ? 0 : own_stamp_length(line.text);
            for (std::size_t piece = 0; piece < line.pieces.size(); ++piece) {
                const std::size_t from = std::max(begin, line.pieces[piece].begin);
                const std::size_t to = piece + 1 < line.pieces.size() ? line.pieces[piece + 1].begin : line.text.size();
                if (from < to) joined.push(std::string_view(line.text).substr(from, to - from), line.raw(from));
            }
        }
        add_readings(at, views);
    }
    return views.used();
}

}  // namespace formats
