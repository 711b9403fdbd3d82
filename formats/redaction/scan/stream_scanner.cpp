#include "formats/redaction/scan/stream_scanner.hpp"

#include <algorithm>
#include <cstring>

#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/rules/shape_matcher.hpp"
#include "formats/redaction/text_class.hpp"
#include "formats/redaction/token.hpp"
#include "formats/redaction/rules/user_patterns.hpp"

namespace formats {

namespace {

constexpr std::size_t part_overlap = 1024;  // what the next part of an overlong line starts with
constexpr std::size_t npos = std::string_view::npos;

// A secret of a reading takes the bytes outside ASCII beside it that the reading left out, and where those
// separated words, the rest of its own.
void take_what_is_glued(const CleanView& view, std::string_view raw, FoundSecret& found) {
    const auto character = [&](std::size_t at) { return raw.substr(at, wide_length(raw.substr(at))); };
    const auto is_glued = [&](std::size_t at) { return at < raw.size() && is_wide(raw[at]) && !is_wide_blank(character(at)); };
    std::size_t first = found.begin;
    while (first > 0 && is_wide(raw[first - 1])) --first;
    for (std::size_t at = first; at < found.begin; at += character(at).size())
        if (!is_glued(at)) first = at + character(at).size();
    found.begin = std::min(first, found.begin);
    const auto take_glued = [&] {
        while (is_glued(found.end)) found.end += character(found.end).size();
    };
    if (!is_glued(found.end)) return;
    take_glued();
    if (view.kind != CleanView::Kind::spaced) return;
    const auto in_word = [&](std::size_t at) {
        return at < raw.size() && static_cast<unsigned char>(raw[at]) > 0x20 && (!is_wide(raw[at]) || is_glued(at));
    };
    while (in_word(found.end)) found.end += is_wide(raw[found.end]) ? character(found.end).size() : 1;
}

}  // namespace

StreamScanner::StreamScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn)
    : rules_(rules), learned_(learned), learn_(learn), has_patterns_(!rules.patterns().empty()), blocks_(rules.no_block()), blocks_before_(blocks_), reader_(learned) {}

StreamScanner::~StreamScanner() { wipe(held_); }

// Where the logical line ends that begins at `begin`: behind its line break, npos when it is not
// complete. `map_` is that of `text`; `last_line` becomes the start of its last physical line.
std::size_t StreamScanner::unit_end(std::string_view text, std::size_t begin,
                                    std::size_t& last_line) const {
    last_line = begin;
    while (true) {
        const std::size_t end = map_.next_break(last_line);
        if (end == npos) return npos;
        if (!goes_on(text.substr(last_line, end - last_line), end + 1 - begin)) return end + 1;
        last_line = end + 1;
    }
}

// Whether the logical line that is `size` bytes long goes on behind this physical one.
bool StreamScanner::goes_on(std::string_view line, std::size_t size) {
    return line.size() >= wrap_columns && may_be_wrapped(without_line_break(line)) &&
           size <= longest_held_line / 2;
}

void StreamScanner::feed(std::string_view bytes, ScannedText& out) {
    reader_.hold();
    while (!bytes.empty()) {
        if (!held_.empty() || blanking_) {
            complete_held(bytes, out);
            continue;
        }
        // No more than the longest line at once: the map stays small, and a longer line comes in
        // the same parts whatever the chunks.
        const std::string_view some = bytes.substr(0, longest_held_line);
        bytes.remove_prefix(some.size());
        scan_units(some, out);
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
        const std::string_view line = std::string_view(held_).substr(held_last_line_);
        if (goes_on(line.substr(0, line.size() - 1), held_.size()))
            held_last_line_ = held_.size();
        else
            scan_held(out);
    } else if (held_.size() > longest_held_line) {
        scan_held_part(out);
    }
}

void StreamScanner::hold(std::string_view text, std::size_t last_line) {
    held_.assign(text);
    held_last_line_ = last_line;
}

// The held logical line is complete.
void StreamScanner::scan_held(ScannedText& out) {
    std::string line = std::move(held_);
    hold({}, 0);
    map_.assign(line);
    const bool found = scan_unit(line, 0, line.size(), false);
    if (found || came_out_differently_)
        hand_on(line, found, out);
    else
        out.plain(line);
    wipe(line);
}

void StreamScanner::scan_units(std::string_view text, ScannedText& out) {
    map_.assign(text);
    std::size_t plain = 0;  // where the text starts that has not been handed on
    std::size_t begin = 0, last_line = 0;
    for (std::size_t end; (end = unit_end(text, begin, last_line)) != npos; begin = end) {
        const bool found = scan_unit(text, begin, end, false);
        if (!found && !came_out_differently_) continue;
        if (begin > plain) out.plain(text.substr(plain, begin - plain));
        hand_on(text.substr(begin, end - begin), found, out);
        plain = end;
    }
    if (begin > plain) out.plain(text.substr(plain, begin - plain));
    hold(text.substr(begin), last_line - begin);
}

void StreamScanner::finish(ScannedText& out) {
    reader_.hold();
    if (!held_.empty()) scan_held(out);
    reader_.release();
    blanking_ = false;
    blocks_ = rules_.no_block();
    came_out_differently_ = false;
}

// The held line is too long to wait for its end.
void StreamScanner::scan_held_part(ScannedText& out) {
    std::string part = std::move(held_);
    hold({}, 0);
    map_.assign(part);
    const bool found = scan_unit(part, 0, part.size(), true);
    // An open rule has taken what follows: there is no next part to start with the end of this one.
    std::size_t cut = open_ ? part.size() : part.size() - part_overlap;
    for (std::size_t back = cut; !open_ && back > part.size() - longest_held_line / 2; --back)
        if (!is_alnum(part[back - 1])) {
            cut = back;
            break;
        }
    std::size_t shown = 0;
    for (; found && shown < found_.size() && found_[shown].begin < cut; ++shown)
        cut = std::max(cut, found_[shown].end);
    const std::string_view raw = std::string_view(part).substr(0, cut);
    const bool open = open_;
    found_.resize(shown);
    if (shown > 0 || came_out_differently_)
        hand_on(raw, shown > 0, out);
    else
        out.plain(raw);
    if (open)
        blanking_ = true;
    else
        hold(std::string_view(part).substr(cut), 0);
    wipe(part);
}

// The logical line text[begin, end), of which `map_` is made: fills found_; whether there is
// anything in it.
bool StreamScanner::scan_unit(std::string_view text, std::size_t begin, std::size_t end, bool part) {
    const std::string_view raw = text.substr(begin, end - begin);
    const std::string_view line = without_line_break(raw);
    const std::size_t line_end = begin + line.size();
    const bool single = map_.next_break(begin) >= line_end;
    open_ = false;
    found_.clear();
    blocks_before_ = blocks_;
    if (single && !map_.has_others(begin, line_end)) {
        const unsigned kinds = rules_.kinds(map_, text, begin, line_end);
        if (kinds == 0 && !blocks_.is_open() && !has_patterns_)
            find_literals(nullptr, map_, begin, line);
        else
            scan_view(nullptr, raw, map_, begin, line, kinds, part);
    } else {
        const std::size_t count = clean_views(raw, views_);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& view = views_[i].text;
            view_map_.assign(view);
            scan_view(&views_[i], raw, view_map_, 0, view, rules_.kinds(view_map_, view, 0, view.size()),
                      part);
        }
    }
    settle(raw);
    if (found_.empty()) return false;
    words_alone_ = learn_ && single && !map_.has_others(begin, line_end) && blocks_ == blocks_before_ && takes_words_alone(text, begin, line_end);
    return true;
}

// Whether a second reading sees the same words, a placeholder in the place of each secret: then it finds the
// same, and that is replaced already. A secret is such a word when blanks delimit it, and when it is none that
// a rule could take for something else: no keyword, number or address, no trigger or punctuation in it.
bool StreamScanner::takes_words_alone(std::string_view text, std::size_t begin, std::size_t end) const {
    return std::all_of(found_.begin(), found_.end(), [&](const FoundSecret& secret) {
        const std::size_t from = begin + secret.begin, to = begin + secret.end;
        const std::string_view word = text.substr(from, to - from);
        return (from == begin || is_blank(text[from - 1])) && (to == end || is_blank(text[to])) &&
               std::all_of(word.begin(), word.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '/'; }) &&
               std::any_of(word.begin(), word.end(), [](char c) { return is_letter(c); }) && !rules_.forms().is_keyword(word) &&
               rules_.kinds(map_, text, from, to) == 0;
    });
}

// `view` is null when the text is the line itself; it starts at `begin` of what `map` tells of.
void StreamScanner::scan_view(const CleanView* view, std::string_view raw, const ByteMap& map, std::size_t begin,
                              std::string_view text, unsigned kinds, bool part) {
    spans_.clear();
    const bool for_state = (view == nullptr || view->for_state) &&
                           ((kinds & for_blocks) != 0 || blocks_.is_open());
    if (kinds != 0 || for_state) words_.assign(text);
    if ((kinds & for_forms) != 0) {
        const bool open = rules_.forms().find(words_, blocks_.in_key_block(), spans_);
        open_ = open_ || (part && open);
    }
    if ((kinds & for_shapes) != 0) rules_.shapes().find(words_, kinds, spans_);
    if (has_patterns_) rules_.patterns().find(text, rules_.pattern(), spans_);
    if (for_state) blocks_.line(words_, kinds, spans_);
    if (learn_ && (kinds & for_names) != 0) note_device_name();
    for (SecretSpan& span : spans_) {
        if (view != nullptr && !end_at_own_line(*view, span)) continue;
        if (part && span.end == text.size()) open_ = true;
        add_found(view, raw, text, span);
    }
    learn_found(text);
    find_literals(view, map, begin, text);
}

// "hostname X": what a device is called is no literal to search for.
void StreamScanner::note_device_name() {
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) {
        if (!words_[i].starts_command) continue;
        if (!equals_folded(words_.head(i), "hostname")) return;
        // Every configuration says it, and one that writes keeps all others waiting.
        if (reader_.is_device_name(words_.word(i + 1))) return;
        reader_.release();
        learned_.name_device(words_.word(i + 1));
        reader_.hold();
        return;
    }
}

// Whether the line that starts at `joint` shows that it goes on with the secret of the line before it: its first word is
// alone or followed by what the row wants there, and is not what a line of its own starts with.
bool StreamScanner::goes_on_at(const CleanView& view, const SecretSpan& span, std::size_t joint) const {
    const std::string_view line = std::string_view(view.text).substr(joint);
    if (line.empty() || is_blank(line.front()) || line.front() == '!' || rules_.starts_own_line(line)) return false;
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, end), before = std::string_view(view.text).substr(span.begin, joint - span.begin);
    if (word.back() == '#' || word.back() == '>') return false;
    const bool alone = trim(line.substr(end)).empty();
    if (!alone && span.end > joint + end) return false;
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
    // A plain word behind a secret that is none is a command.
    return !alone || !all_of(word, is_plain) || all_of(before, is_plain);
}

// A secret ends before a line that does not show that it goes on with it, or where it ends when its line is read alone.
// Whether anything is left of it.
bool StreamScanner::end_at_own_line(const CleanView& view, SecretSpan& span) const {
    for (const std::size_t joint : view.joints) {
        if (joint <= span.begin || joint >= span.end) continue;
        if (goes_on_at(view, span, joint)) continue;
        span.end = joint;
        return std::none_of(found_.begin(), found_.end(), [&](const FoundSecret& found) {
            return found.begin == view.raw(span.begin);
        });
    }
    return true;
}

// Placeholders and masks inside a span stay; what is left of it is secret.
void StreamScanner::add_found(const CleanView* view, std::string_view raw, std::string_view text,
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
            found.begin = view->raw(begin);
            found.end = view->raw(end - 1) + 1;
            if (view->is_reading()) take_what_is_glued(*view, raw, found);
        }
        found_.push_back(std::move(found));
    };
    const auto is_markup = [](std::string_view piece) {
        bool tag = false;
        for (const char c : piece) {
            if (c == '<') tag = true;
            if (!tag && (is_alnum(c) || is_wide(c))) return false;
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

void StreamScanner::learn(std::string_view value, SecretClass secret_class) {
    if (reader_.knows(value)) return;
    reader_.release();
    learned_.learn(value, secret_class, LiteralSource::rule);
    reader_.hold();
}

// What the rules have just found on this line counts for the rest of it too.
void StreamScanner::learn_found(std::string_view text) {
    constexpr std::size_t most_compared = 8;  // so that the time stays linear in the line
    for (const FoundSecret& secret : found_) {
        if (!learn_ || !secret.learn) continue;
        if (found_.size() <= most_compared && stands_elsewhere(secret, text)) continue;
        learn(secret.value, secret.secret_class);
        if (secret.raw_value != secret.value) learn(secret.raw_value, secret.secret_class);
    }
}

// Whether the line has the secret as an ordinary word too: a password that is the user's name would take it everywhere.
bool StreamScanner::stands_elsewhere(const FoundSecret& secret, std::string_view text) const {
    const std::string_view word = secret.raw_value;
    const auto same = std::count_if(found_.begin(), found_.end(), [&](const FoundSecret& other) { return other.raw_value == word; });
    std::ptrdiff_t places = 0;
    for (std::size_t at = text.find(word); at != npos && places <= same; at = text.find(word, at + word.size())) {
        const std::size_t end = at + word.size();
        if ((at == 0 || is_blank(text[at - 1])) && (end == text.size() || is_blank(text[end]))) ++places;
    }
    return places > same;
}

void StreamScanner::find_literals(const CleanView* view, const ByteMap& map, std::size_t begin,
                                  std::string_view text) {
    if (reader_.empty()) return;
    literal_hits_.clear();
    covered_.clear();
    hex_runs_.clear();
    if (view == nullptr)
        for (const FoundSecret& secret : found_) covered_.push_back({secret.begin, secret.end});
    const std::string_view mapped(text.data() - begin, begin + text.size());
    map.each_hex_run(mapped, begin, mapped.size(), [&](std::size_t from, std::size_t to) {
        hex_runs_.push_back({from - begin, to - begin});
    });
    reader_.find(text, hex_runs_, covered_, literal_hits_);
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
            found.begin = view->raw(hit.begin);
            found.end = view->raw(hit.end - 1) + 1;
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

// A logical line or the part of an overlong one, in which secrets were found or of which the second reading has
// to know.
void StreamScanner::hand_on(std::string_view raw, bool found, ScannedText& out) {
    if (!learn_ || (words_alone_ && !came_out_differently_)) return out.with_secrets(raw, found_);
    // Each round replaces something; two are many. What does not come to rest is taken whole.
    constexpr int most_rounds = 8;
    if (!again_) again_ = std::make_unique<StreamScanner>(rules_, learned_, false);
    const BlockState before = came_out_differently_ ? again_->blocks_ : blocks_before_;
    std::string text = found ? out.replaced(raw, found_) : std::string(raw);
    reader_.release();
    again_->reader_.hold();
    bool more = true;
    for (int round = 0; more && round < most_rounds; ++round) {
        again_->blocks_ = before;
        text = again_->read_again(text, more, out);
    }
    if (more) {
        FoundSecret whole = again_->found_.front();
        whole.begin = 0;
        whole.end = without_line_break(text).size();
        whole.undelimited = true;
        text = out.replaced(text, {whole});
        again_->blocks_ = before;
        text = again_->read_again(text, more, out);
    }
    again_->reader_.release();
    reader_.hold();
    came_out_differently_ = again_->blocks_ != blocks_;
    out.plain(text);
}

// The logical lines of the text, which is complete; whether anything was found in them.
std::string StreamScanner::read_again(std::string_view text, bool& found, ScannedText& out) {
    std::string read;
    found = false;
    map_.assign(text);
    std::vector<FoundSecret> last;
    for (std::size_t begin = 0, last_line = 0; begin < text.size();) {
        const std::size_t end = std::min(unit_end(text, begin, last_line), text.size());
        const std::string_view unit = text.substr(begin, end - begin);
        if (scan_unit(text, begin, end, false)) {
            found = true;
            read += out.replaced(unit, found_);
            last = found_;
        } else {
            read += unit;
        }
        begin = end;
    }
    if (found) found_ = std::move(last);
    return read;
}

}  // namespace formats
