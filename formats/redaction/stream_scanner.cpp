#include "formats/redaction/stream_scanner.hpp"

#include <algorithm>
#include <cstring>

#include "formats/redaction/secret_value.hpp"
#include "formats/redaction/shape_matcher.hpp"
#include "formats/redaction/text_class.hpp"
#include "formats/redaction/token.hpp"
#include "formats/redaction/user_patterns.hpp"

namespace formats {

namespace {

constexpr std::size_t part_overlap = 1024;  // what the next part of an overlong line starts with
constexpr std::size_t npos = std::string_view::npos;

}  // namespace

StreamScanner::StreamScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn)
    : rules_(rules), learned_(learned), learn_(learn), blocks_(rules), reader_(learned) {}

StreamScanner::~StreamScanner() { wipe(held_); }

// Where the logical line ends that begins at `begin`: behind its line break, npos when it is not
// complete.
std::size_t StreamScanner::unit_end(std::string_view text, std::size_t begin) const {
    std::size_t line = begin;
    while (true) {
        const std::size_t end = text.find('\n', line);
        if (end == npos) return npos;
        if (!may_be_wrapped(without_line_break(text.substr(line, end - line)))) return end + 1;
        if (end + 1 - begin > longest_held_line / 2) return end + 1;
        line = end + 1;
    }
}

void StreamScanner::feed(std::string_view bytes, ScannedText& out) {
    reader_.hold();
    while (!bytes.empty() && (!held_.empty() || blanking_)) complete_held(bytes, out);
    if (!bytes.empty()) {
        scan_units(bytes, bytes.size(), out);
        if (held_.size() > longest_held_line) scan_held_part(out);
    }
    reader_.release();
}

// Appends to the held line up to the next line break and hands it on when it is complete.
void StreamScanner::complete_held(std::string_view& bytes, ScannedText& out) {
    const std::size_t line_break = bytes.find('\n');
    if (blanking_) {
        const std::size_t end = std::min(line_break, bytes.size());
        if (end > 0) out.blanked(bytes.substr(0, end));
        bytes.remove_prefix(end);
        if (!bytes.empty()) {
            blanking_ = false;
            // The line break itself is shown.
            out.plain(bytes.substr(0, 1));
            bytes.remove_prefix(1);
        }
        return;
    }
    const std::size_t room = longest_held_line + 1 - std::min(held_.size(), longest_held_line);
    const std::size_t taken = std::min(line_break == npos ? bytes.size() : line_break + 1, room);
    held_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (line_break != npos && taken == line_break + 1) {
        const std::string line = std::move(held_);
        held_.clear();
        scan_units(line, line.size(), out);
    } else if (held_.size() > longest_held_line) {
        scan_held_part(out);
    }
}

void StreamScanner::scan_units(std::string_view text, std::size_t limit, ScannedText& out) {
    std::size_t plain = 0;  // where the text starts that has not been handed on
    std::size_t begin = 0;
    while (begin < limit) {
        const std::size_t end = unit_end(text, begin);
        if (end == npos) break;
        const std::string_view raw = text.substr(begin, end - begin);
        if (scan_unit(raw, false)) {
            if (begin > plain) out.plain(text.substr(plain, begin - plain));
            out.with_secrets(raw, found_);
            plain = end;
        }
        begin = end;
    }
    if (begin > plain) out.plain(text.substr(plain, begin - plain));
    held_.assign(text.substr(begin));
}

void StreamScanner::finish(ScannedText& out) {
    reader_.hold();
    if (!held_.empty()) {
        const std::string line = std::move(held_);
        held_.clear();
        if (scan_unit(line, false))
            out.with_secrets(line, found_);
        else
            out.plain(line);
    }
    reader_.release();
    blanking_ = false;
    blocks_ = BlockState(rules_);
}

// The held line is too long to wait for its end.
void StreamScanner::scan_held_part(ScannedText& out) {
    std::string part = std::move(held_);
    held_.clear();
    const bool found = scan_unit(part, true);
    std::size_t cut = part.size() - part_overlap;
    for (std::size_t back = cut; back > cut - longest_held_line / 2; --back)
        if (!is_alnum(part[back - 1])) {
            cut = back;
            break;
        }
    std::vector<FoundSecret> shown;
    if (found)
        for (const FoundSecret& secret : found_) {
            if (secret.begin >= cut) break;
            if (secret.end > cut) cut = secret.end;
            shown.push_back(secret);
        }
    if (open_) cut = part.size();
    const std::string_view raw = std::string_view(part).substr(0, cut);
    if (shown.empty())
        out.plain(raw);
    else
        out.with_secrets(raw, shown);
    if (open_)
        blanking_ = true;
    else
        held_.assign(part, cut);
    wipe(part);
}

// Fills found_; whether there is anything in it.
bool StreamScanner::scan_unit(std::string_view raw, bool part) {
    const std::string_view line = without_line_break(raw);
    const bool single = line.find('\n') == npos;
    const bool controls = !single || has_controls(line);
    open_ = false;
    if (!controls) {
        const unsigned kinds = rules_.kinds(raw, 0, line.size());
        if (kinds == 0 && !blocks_.is_open() && rules_.patterns().empty() &&
            !reader_.may_match(raw, 0, line.size()))
            return false;
        found_.clear();
        scan_view(nullptr, line, kinds, part);
    } else {
        found_.clear();
        const std::size_t count = clean_views(raw, views_);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& text = views_[i].text;
            scan_view(&views_[i], text, rules_.kinds(text, 0, text.size()), part);
        }
    }
    settle(raw);
    return !found_.empty();
}

// `view` is null when the text is the raw line itself.
void StreamScanner::scan_view(const CleanView* view, std::string_view text, unsigned kinds,
                              bool part) {
    spans_.clear();
    const bool for_state = (view == nullptr || view->kind == CleanView::Kind::shown) &&
                           ((kinds & for_blocks) != 0 || blocks_.is_open());
    if (kinds != 0 || for_state) words_.assign(text);
    if ((kinds & for_forms) != 0) {
        const bool open = rules_.forms().find(words_, blocks_.in_key_block(), spans_);
        open_ = open_ || (part && open);
    }
    if ((kinds & for_shapes) != 0) rules_.shapes().find(words_, spans_);
    if (!rules_.patterns().empty()) rules_.patterns().find(text, rules_.pattern(), spans_);
    if (for_state) blocks_.line(words_, (kinds & for_blocks) != 0, spans_);
    if (learn_ && (kinds & for_blocks) != 0) note_device_name();
    for (SecretSpan& span : spans_) {
        if (view != nullptr && !end_at_own_line(*view, span)) continue;
        if (part && span.end == text.size()) open_ = true;
        add_found(view, text, span);
    }
    add_literals(view, text);
}

// "hostname X": what a device is called is no literal to search for.
void StreamScanner::note_device_name() {
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) {
        if (!words_[i].starts_command) continue;
        if (!equals_folded(words_.head(i), "hostname")) return;
        reader_.release();
        learned_.name_device(words_.word(i + 1));
        reader_.hold();
        return;
    }
}

// A line that starts as a line of a configuration is hardly the rest of a wrapped one: a secret
// that would go on there ends before it, or where it ends when its line is read alone. Whether
// anything is left of it.
bool StreamScanner::end_at_own_line(const CleanView& view, SecretSpan& span) const {
    for (const std::size_t joint : view.joints) {
        if (joint <= span.begin || joint >= span.end) continue;
        if (!rules_.starts_own_line(std::string_view(view.text).substr(joint))) continue;
        span.end = joint;
        return std::none_of(found_.begin(), found_.end(), [&](const FoundSecret& found) {
            return found.begin == view.raw[span.begin];
        });
    }
    return true;
}

// Placeholders and masks inside a span stay; what is left of it is secret.
void StreamScanner::add_found(const CleanView* view, std::string_view text,
                              const SecretSpan& span) {
    const auto add = [&](std::size_t begin, std::size_t end) {
        while (begin < end && is_blank(text[begin])) ++begin;
        while (end > begin && is_blank(text[end - 1])) --end;
        if (begin == end) return;
        const std::string_view value = text.substr(begin, end - begin);
        if (is_masked(value)) return;
        FoundSecret found{begin,
                          end,
                          span.rule,
                          span.secret_class,
                          span.undelimited,
                          span.learn,
                          std::string(value),
                          decoded(value, span.coding)};
        if (view != nullptr) {
            found.begin = view->raw[begin];
            found.end = view->raw[end - 1] + std::size_t{1};
        }
        found_.push_back(std::move(found));
    };
    const auto is_markup = [](std::string_view piece) {
        bool tag = false;
        for (const char c : piece) {
            if (c == '<') tag = true;
            if (!tag && (is_alnum(c) || static_cast<unsigned char>(c) > 0x7f)) return false;
            if (c == '>') tag = false;
        }
        return true;
    };
    const std::string_view whole = text.substr(span.begin, span.end - span.begin);
    // What starts with a placeholder has been replaced before; what follows stayed then and stays
    // now.
    if (is_masked(trim(whole)) || placeholder_length(trim(whole)) > 0) return;
    std::size_t begin = span.begin;
    bool replaced = false;
    for (std::size_t at = whole.find("[REDACTED:"); at != npos;
         at = whole.find("[REDACTED:", at + 1)) {
        const std::size_t length = placeholder_length(whole.substr(at));
        if (length == 0) continue;
        replaced = true;
        if (!is_markup(text.substr(begin, span.begin + at - begin))) add(begin, span.begin + at);
        begin = span.begin + at + length;
    }
    if (!replaced || !is_markup(text.substr(begin, span.end - begin))) add(begin, span.end);
}

void StreamScanner::add_literals(const CleanView* view, std::string_view text) {
    // What the rules have just found on this line counts for the rest of it too.
    for (const FoundSecret& secret : found_) {
        if (!learn_ || !secret.learn) continue;
        for (const std::string* value : {&secret.value, &secret.raw_value}) {
            if (reader_.knows(*value)) continue;
            reader_.release();
            learned_.learn(*value, secret.secret_class, LiteralSource::rule);
            reader_.hold();
        }
    }
    literal_hits_.clear();
    covered_.clear();
    if (view == nullptr)
        for (const FoundSecret& secret : found_) covered_.push_back({secret.begin, secret.end});
    reader_.find(text, covered_, literal_hits_);
    for (const LiteralHit& hit : literal_hits_) {
        FoundSecret found{hit.begin,
                          hit.end,
                          hit.user_word ? rules_.word() : rules_.learned(),
                          hit.secret_class,
                          false,
                          false,
                          std::string(),
                          std::string(hit.value)};
        if (view != nullptr) {
            found.begin = view->raw[hit.begin];
            found.end = view->raw[hit.end - 1] + std::size_t{1};
        }
        found_.push_back(std::move(found));
    }
}

// Sorts what was found and unites what overlaps.
void StreamScanner::settle(std::string_view raw) {
    if (found_.size() < 2) return;
    std::stable_sort(found_.begin(), found_.end(), [](const FoundSecret& a, const FoundSecret& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::size_t last = 0;
    for (std::size_t i = 1; i < found_.size(); ++i) {
        FoundSecret& kept = found_[last];
        FoundSecret& next = found_[i];
        if (next.begin >= kept.end) {
            if (++last != i) found_[last] = std::move(next);
            continue;
        }
        if (next.end <= kept.end) continue;
        // Two secrets that overlap without one holding the other become one with the text of both.
        kept.end = next.end;
        kept.undelimited = kept.undelimited || next.undelimited;
        kept.value.clear();
        for (const char c : raw.substr(kept.begin, kept.end - kept.begin))
            if (static_cast<unsigned char>(c) >= 0x20) kept.value.push_back(c);
    }
    found_.resize(last + 1);
}

}  // namespace formats
