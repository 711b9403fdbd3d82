#include "formats/redaction/scan/line_scanner.hpp"

#include <algorithm>

#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/rules/shape_matcher.hpp"
#include "formats/redaction/rules/user_patterns.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// A secret of a reading takes the bytes outside ASCII beside it that the reading left out, and where those
// separated words, the rest of its own.
void take_what_is_glued(const CleanView& view, std::string_view raw, FoundSecret& found) {
    const auto character = [&](std::size_t at) { return raw.substr(at, wide_length(raw.substr(at))); };
    const auto is_glued = [&](std::size_t at) {
        return at < raw.size() && is_wide(raw[at]) && !is_wide_blank(character(at));
    };
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

LineScanner::LineScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn)
    : rules_(rules),
      learned_(learned),
      learn_(learn),
      has_patterns_(!rules.patterns().empty()),
      blocks_(rules.no_block()),
      blocks_before_(blocks_),
      reader_(learned) {}

bool LineScanner::scan(const MappedText& mapped, std::size_t begin, std::size_t end, bool part) {
    const std::string_view text = mapped.text;
    const std::string_view raw = text.substr(begin, end - begin);
    const std::string_view line = without_line_break(raw);
    const std::size_t line_end = begin + line.size();
    const bool single = mapped.map.next_break(begin) >= line_end;
    open_ = false;
    found_.clear();
    left_.clear();
    blocks_before_ = blocks_;
    if (single && !mapped.map.has_others(begin, line_end)) {
        const unsigned kinds = rules_.kinds(mapped.map, text, begin, line_end);
        if (kinds == 0 && !blocks_.is_open() && !has_patterns_)
            find_literals(nullptr, mapped.map, begin, line);
        else
            scan_view(nullptr, raw, mapped.map, begin, line, kinds, part);
    } else {
        const std::size_t count = clean_views(raw, views_);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& view = views_[i].text;
            view_map_.assign(view);
            scan_view(&views_[i], raw, view_map_, 0, view, rules_.kinds(view_map_, view, 0, view.size()), part);
        }
    }
    if (key_at_end_ != LongKey::none) go_on_with_key(line);
    settle(raw);
    if (!found_.empty() && single && !part) note_key_at_end(line);
    if (found_.empty()) {
        note_unmatched(line);
        return false;
    }
    left_.clear();  // another rule took it, or something else of the line
    words_alone_ = learn_ && single && !mapped.map.has_others(begin, line_end) && blocks_ == blocks_before_ &&
                   is_words_alone(mapped, begin, line_end);
    return true;
}

// A key that a terminal of any width has cut goes on in a line that has nothing else but digits of its kind, at the
// margin, and no more than the line before.
void LineScanner::go_on_with_key(std::string_view line) {
    const LongKey kind = key_at_end_;
    key_at_end_ = LongKey::none;
    const std::string_view word = line.substr(0, line.find_last_not_of(" \t") + 1);
    if (word.size() < 4 || word.size() > key_line_size_ || !found_.empty()) return;
    const bool mixed = std::any_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '='; });
    if (!mixed || !all_of(word, kind == LongKey::hex ? is_hex : is_base64)) return;
    found_.push_back({0, word.size(), key_rule_, key_class_, true, false, std::string(word), std::string(word)});
    if (word.size() == key_line_size_) key_at_end_ = kind;
}

void LineScanner::note_key_at_end(std::string_view line) {
    constexpr std::size_t least_line = 40, least_hex = 32, least_base64 = 24;
    const FoundSecret& last = found_.back();
    if (key_at_end_ != LongKey::none || line.size() < least_line || last.end != line.size()) return;
    const std::string_view key = line.substr(last.begin, last.end - last.begin);
    if (key.size() >= least_hex && all_of(key, is_hex))
        key_at_end_ = LongKey::hex;
    else if (key.size() >= least_base64 && all_of(key, is_base64) &&
             !all_of(key, [](char c) { return lower(c) == c && !is_digit(c); }) && key.back() != '=')
        key_at_end_ = LongKey::base64;
    key_line_size_ = line.size();
    key_rule_ = last.rule;
    key_class_ = last.secret_class;
}

// A line that names a secret, where no rule matched at all.
void LineScanner::note_unmatched(std::string_view line) {
    if (!explains_ || !left_.empty()) return;
    for (const std::string_view noun :
         {"password", "passwd", "passphrase", "secret", "pre-shared", "preshared", "community", "psk"})
        if (find_folded(line, noun) != npos)
            return left_.push_back({rules_.unmatched(), "it names a secret, and no row matches its words"});
}

// Whether a second reading sees the same words, a placeholder in the place of each secret: then it finds the
// same, and that is replaced already. A secret is such a word when blanks delimit it, and when it is none that
// a rule could take for something else: no keyword, number or address, no trigger in it, and no punctuation that words
// are cut at, that a command or a value starts behind or ends with.
bool LineScanner::is_words_alone(const MappedText& mapped, std::size_t begin, std::size_t end) const {
    const std::string_view text = mapped.text;
    return std::all_of(found_.begin(), found_.end(), [&](const FoundSecret& secret) {
        const std::size_t from = begin + secret.begin, to = begin + secret.end;
        const std::string_view word = text.substr(from, to - from);
        return (from == begin || is_blank(text[from - 1])) && (to == end || is_blank(text[to])) &&
               is_alnum(word.front()) &&
               std::all_of(word.begin(), word.end(),
                           [](char c) { return is_alnum(c) || std::string_view("-_/!#$%+^~?").find(c) != npos; }) &&
               std::any_of(word.begin(), word.end(), [](char c) { return is_letter(c); }) &&
               !rules_.forms().is_keyword(word) && rules_.kinds(mapped.map, text, from, to) == 0;
    });
}

// `view` is null when the text is the line itself; it starts at `begin` of what `map` tells of.
void LineScanner::scan_view(const CleanView* view, std::string_view raw, const ByteMap& map, std::size_t begin,
                            std::string_view text, unsigned kinds, bool part) {
    spans_.clear();
    const bool for_state = (view == nullptr || view->for_state) && ((kinds & for_blocks) != 0 || blocks_.is_open());
    if (kinds != 0 || for_state) words_.assign(text);
    if ((kinds & for_forms) != 0) {
        const bool open = rules_.forms().find(words_, blocks_.in_key_block(), spans_, explains_ ? &left_ : nullptr);
        open_ = open_ || (part && open);
    }
    if ((kinds & for_shapes) != 0) rules_.shapes().find(words_, kinds, spans_, explains_ ? &left_ : nullptr);
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
void LineScanner::note_device_name() {
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
bool LineScanner::goes_on_at(const CleanView& view, const SecretSpan& span, std::size_t joint) const {
    const std::string_view line = std::string_view(view.text).substr(joint);
    if (line.empty() || is_blank(line.front()) || line.front() == '!' || rules_.starts_own_line(line)) return false;
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, end),
                           before = std::string_view(view.text).substr(span.begin, joint - span.begin);
    if (word.back() == '#' || word.back() == '>') return false;
    const bool alone = trim(line.substr(end)).empty();
    if (!alone && span.end > joint + end) return false;
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
    // A plain word behind a secret that is none is a command.
    return !alone || !all_of(word, is_plain) || all_of(before, is_plain);
}

// A secret ends before a line that does not show that it goes on with it, or where it ends when its line is read alone.
// Whether anything is left of it.
bool LineScanner::end_at_own_line(const CleanView& view, SecretSpan& span) const {
    for (const std::size_t joint : view.joints) {
        if (joint <= span.begin || joint >= span.end) continue;
        if (goes_on_at(view, span, joint)) continue;
        span.end = joint;
        return std::none_of(found_.begin(), found_.end(),
                            [&](const FoundSecret& found) { return found.begin == view.raw(span.begin); });
    }
    return true;
}

// Placeholders and masks inside a span stay; what is left of it is secret.
void LineScanner::add_found(const CleanView* view, std::string_view raw, std::string_view text,
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
    for (std::size_t at = whole.find("[REDACTED:"); at != npos; at = whole.find("[REDACTED:", at + 1)) {
        const std::size_t length = placeholder_length(whole.substr(at));
        if (length == 0) continue;
        replaced = true;
        if (!is_markup(text.substr(begin, span.begin + at - begin))) add(begin, span.begin + at);
        begin = span.begin + at + length;
    }
    if (!replaced || !is_markup(text.substr(begin, span.end - begin))) add(begin, span.end);
}

void LineScanner::learn(std::string_view value, SecretClass secret_class) {
    if (reader_.knows(value)) return;
    reader_.release();
    learned_.learn(value, secret_class, LiteralSource::rule);
    reader_.hold();
}

// What the rules have just found on this line counts for the rest of it too.
void LineScanner::learn_found(std::string_view text) {
    constexpr std::size_t most_compared = 8;  // so that the time stays linear in the line
    for (const FoundSecret& secret : found_) {
        if (!learn_ || !secret.learn) continue;
        if (found_.size() <= most_compared && stands_elsewhere(secret, text)) continue;
        learn(secret.value, secret.secret_class);
        if (secret.raw_value != secret.value) learn(secret.raw_value, secret.secret_class);
    }
}

// Whether the line has the secret as an ordinary word too: a password that is the user's name would take it everywhere.
bool LineScanner::stands_elsewhere(const FoundSecret& secret, std::string_view text) const {
    const std::string_view word = secret.raw_value;
    const auto same =
        std::count_if(found_.begin(), found_.end(), [&](const FoundSecret& other) { return other.raw_value == word; });
    std::ptrdiff_t places = 0;
    for (std::size_t at = text.find(word); at != npos && places <= same; at = text.find(word, at + word.size())) {
        const std::size_t end = at + word.size();
        if ((at == 0 || is_blank(text[at - 1])) && (end == text.size() || is_blank(text[end]))) ++places;
    }
    return places > same;
}

void LineScanner::find_literals(const CleanView* view, const ByteMap& map, std::size_t begin, std::string_view text) {
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
void LineScanner::settle(std::string_view raw) {
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
