#include "formats/redaction/rules/form_matcher.hpp"

#include <algorithm>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t most_skipped_words = 24;
constexpr std::size_t most_quoted_words = 24;
constexpr std::array<std::string_view, 7> secret_names = {"pass", "pwd", "secret", "key", "token", "_pw", "psk"};

/// What a device takes for a keyword with a hyphen, since no other of its place starts so.
constexpr std::array<std::string_view, 3> whole_before_hyphen = {"pre", "sent", "message"};

/// How a keyword may be written: as the catalogue says, or as short as a device takes it where a person typed.
enum class Spelling : std::uint8_t { written, typed_head, typed };

// Each letter more makes a keyword plainer; a device wants as many as tell it from the others of its place, which the
// catalogue does not know.
std::size_t shortest_of(const FormWord& word, Spelling spelling, std::size_t text_size) {
    if (spelling == Spelling::written || !is_letter(word.text.back())) return word.shortest;
    const std::size_t size = word.text.size();
    // What stands before a hyphen is a keyword of its own: `server` is no `server-key`.
    if (const std::size_t hyphen = word.text.find('-');
        hyphen != std::string::npos && text_size == hyphen &&
        std::none_of(whole_before_hyphen.begin(), whole_before_hyphen.end(),
                     [&](std::string_view whole) { return word.text.compare(0, hyphen, whole) == 0; }))
        return word.shortest;
    if (spelling == Spelling::typed_head) return std::min<std::size_t>(word.shortest, size < 4 ? size - 1 : 3);
    return std::min<std::size_t>(word.shortest, size < 5 ? 1 : 2);
}

bool is_word(std::string_view text, const FormWord& word, Spelling spelling = Spelling::written) {
    return text.size() >= shortest_of(word, spelling, text.size()) && text.size() <= word.text.size() &&
           lower(text[0]) == word.text[0] &&
           starts_with_folded(text, std::string_view(word.text).substr(0, text.size()));
}

bool is_one_of(std::string_view text, const std::vector<FormWord>& words, Spelling spelling) {
    return std::any_of(words.begin(), words.end(), [&](const FormWord& word) { return is_word(text, word, spelling); });
}

bool is_quote(char c) { return c == '"' || c == '\''; }

bool is_address(std::string_view text) {
    return text.find_first_of(".:") != std::string_view::npos || equals_folded(text, "ipv6");
}

// "ops:": a label of what a program says and no name that a command gives.
bool is_label(std::string_view text) {
    return text.size() > 1 && text.back() == ':' && text.find(':') + 1 == text.size();
}

// One row tried at one word. Words are those of the command only.
class Attempt {
 public:
    Attempt(const Form& form, RuleNumber rule, const LineWords& words, std::size_t head, bool key_block, bool typed,
            std::vector<SecretSpan>& spans, std::vector<LeftText>* left)
        : form_(form),
          rule_(rule),
          words_(words),
          end_(words.command_end(head)),
          key_block_(key_block),
          spelling_(typed ? Spelling::typed : Spelling::written),
          spans_(spans),
          left_(left) {
        last_ = words.first_from(end_);
        const std::string_view keyword = words.head(head);
        starts_capital_ = keyword.size() > 1 && lower(keyword[0]) != keyword[0] && lower(keyword[1]) == keyword[1];
    }

    /// The word after the last one taken; 0 when the row does not match.
    std::size_t run(std::size_t head) {
        for (const FormElement& excluded : form_.excluded)
            if (head + 1 < last_ &&
                (matches(excluded, word(head + 1)) || (words_[head].typed && excluded.part == FormPart::literal &&
                                                       is_one_of(word(head + 1), excluded.words, Spelling::typed)))) {
                refuse("the row's `not`");
                return 0;
            }
        const std::size_t before = spans_.size();
        const std::size_t next = match(1, head + 1);
        if (next == 0) spans_.resize(before);
        return next;
    }
    /// The first of the words that the row skipped, 0 without one.
    std::size_t first_skipped() const { return first_skipped_; }
    /// Whether it failed only because the line ended.
    bool is_open() const { return open_; }

 private:
    std::string_view word(std::size_t i) const {
        const std::size_t end = std::min(words_[i].end, end_);
        return words_.text().substr(words_[i].begin, end - words_[i].begin);
    }

    bool matches(const FormElement& element, std::string_view text) const {
        // What has been replaced is no keyword, number or address, whatever letters the placeholder has.
        if (!text.empty() && text.front() == '[' && placeholder_length(text) == text.size())
            return element.part == FormPart::any;
        switch (element.part) {
            case FormPart::literal: return is_one_of(text, element.words, spelling_);
            case FormPart::number: return all_of(text, is_digit);
            case FormPart::address: return is_address(text);
            case FormPart::interface: return text.size() > 2 && text.front() == '(' && text.back() == ')';
            case FormPart::secret_name:
                return std::any_of(secret_names.begin(), secret_names.end(), [&](std::string_view name) {
                    return find_folded(text, name) != std::string_view::npos;
                });
            default: return !text.empty();
        }
    }

    // Behind a word, or behind a string in quotes that starts there.
    std::size_t after_string(std::size_t at) const {
        const std::string_view first = word(at);
        const char quote = first.front();
        if (quote == '<' || quote == '[') {
            // "<secret hidden>": what stands in the place of a value.
            const std::size_t begin = words_[at].begin;
            const std::size_t length = foreign_mask_length(words_.text().substr(begin, end_ - std::min(begin, end_)));
            return length == 0 ? at + 1 : std::max(at + 1, words_.first_from(begin + length));
        }
        if (!is_quote(quote) || (first.size() > 1 && closes(first, quote))) return at + 1;
        for (std::size_t i = at + 1; i < last_ && i < at + most_quoted_words; ++i)
            if (closes(word(i), quote)) return i + 1;
        return at + 1;
    }

    // Whether the word ends with the quote, or with punctuation behind it.
    static bool closes(std::string_view text, char quote) {
        while (!text.empty() && std::string_view(",;.)]}").find(text.back()) != std::string_view::npos)
            text.remove_suffix(1);
        return !text.empty() && text.back() == quote;
    }

    std::size_t match(std::size_t element, std::size_t at) {
        if (element == form_.elements.size()) return at;
        const FormElement& wanted = form_.elements[element];
        if (wanted.part == FormPart::group) return group(element, at);
        if (wanted.part == FormPart::skip) {
            for (std::size_t skipped = 0; skipped <= most_skipped_words && at + skipped <= last_; ++skipped)
                if (const std::size_t next = match(element + 1, at + skipped)) {
                    if (skipped > 0) first_skipped_ = at;
                    return next;
                }
            return 0;
        }
        if (wanted.part == FormPart::type) {
            if (at + 1 < last_ && is_type(word(at)) && !is_value_itself(at)) {
                type_ = word(at);
                const std::size_t next = match(element + 1, at + 1);
                type_ = {};
                if (next != 0) return next;
            }
            return match(element + 1, at);
        }
        if (at >= last_) {
            open_ = true;
            return 0;
        }
        switch (wanted.part) {
            case FormPart::any: return element == 1 && is_label(word(at)) ? 0 : match(element + 1, after_string(at));
            case FormPart::secret_word: return secret_word(element, at);
            case FormPart::secret_hex: return secret_hex(element, at);
            case FormPart::secret_rest: return secret_rest(at);
            case FormPart::secret_until: return secret_until(element, at);
            case FormPart::secret_quoted: return secret_quoted(element, at);
            case FormPart::secret_behind: return secret_behind(element, at);
            default: return matches(wanted, word(at)) ? match(element + 1, at + 1) : 0;
        }
    }

    // With the words of the group, else without.
    std::size_t group(std::size_t element, std::size_t at) {
        const std::size_t length = form_.elements[element].length;
        const std::size_t before = spans_.size();
        if (const std::size_t next = match(element + 1, at)) return next;
        spans_.resize(before);
        return match(element + 1 + length, at);
    }

    bool is_type(std::string_view text) const {
        return (text.size() == 1 && is_digit(text[0]) && text[0] != '1') || equals_folded(text, "hex");
    }

    // Whether the digit at `at` is no type but the value: what follows is a keyword of the line, `community 7 RO`,
    // `key 5 address 192.0.2.7`.
    bool is_value_itself(std::size_t at) const {
        constexpr std::array<std::string_view, 4> followers = {"ro", "rw", "view", "version"};
        const auto follows = [&](std::size_t i) {
            return i < last_ && std::any_of(followers.begin(), followers.end(),
                                            [&](std::string_view f) { return equals_folded(word(i), f); });
        };
        if (follows(at + 1) && !follows(at + 2)) return true;
        const auto until = std::find_if(form_.elements.begin(), form_.elements.end(),
                                        [](const FormElement& e) { return e.part == FormPart::secret_until; });
        if (until == form_.elements.end()) return false;
        const FormWord& delimiter = until->words.front();
        return is_word(word(at + 1), delimiter, spelling_) && at + 2 < last_ &&
               (!delimiter.before_address || is_address(word(at + 2))) &&
               !(at + 3 < last_ && is_word(word(at + 2), delimiter, spelling_));
    }

    // Whether all that is left of the command is a tail: `timeout 5` in the place of a key.
    bool is_tail(std::size_t at) const {
        return std::any_of(form_.tail.begin(), form_.tail.end(),
                           [&](const auto& tail) { return tail_begin(tail, last_) == at; });
    }

    // Where the tail starts that ends before word `end`; `end` when it does not.
    std::size_t tail_begin(const std::vector<FormElement>& tail, std::size_t end) const {
        if (tail.size() > end) return end;
        const std::size_t begin = end - tail.size();
        for (std::size_t i = 0; i < tail.size(); ++i)
            if (!matches(tail[i], word(begin + i))) return end;
        return begin;
    }

    // What is there is no secret; the row does not match.
    bool refuse(const char* why) {
        if (left_ != nullptr) left_->push_back({rule_, why});
        return false;
    }

    bool add(std::size_t begin, std::size_t end, bool undelimited) { return add(begin, end, undelimited, form_.value); }

    bool add(std::size_t begin, std::size_t end, bool undelimited, ValueShape shape) {
        SecretSpan span{begin, end, rule_, form_.secret_class, Coding::plain, undelimited, form_.learn};
        std::string_view value = words_.text().substr(begin, end - begin);
        if (value.size() > 1 && is_quote(value.front())) {
            // What follows the closing quote is punctuation.
            if (const std::size_t closing = value.rfind(value.front()); closing > 0 && closes(value, value.front())) {
                span.end = span.begin + closing;
                ++span.begin;
                value = value.substr(1, closing - 1);
            }
        }
        if (value.empty()) return true;
        if (std::none_of(value.begin(), value.end(), [](char c) { return is_alnum(c) || is_wide(c); }) &&
            value.size() < 3 && !all_of(value, [](char c) { return c == '*'; }))
            return refuse("punctuation only");  // "Mismatch Authentication Key - ...", the quote that ends a question
        if (is_masked(value)) {
            refuse("masked already");
            return true;
        }
        if (value.size() > 3 && value.back() == ':' && all_of(value.substr(0, value.size() - 1), is_letter))
            return refuse("a label");
        if (form_.never_status && is_stamp(value)) return refuse("a date or a time");
        if (form_.never_status && is_help(begin, value)) return refuse("help text");
        if (says_status(value, begin)) return refuse("a status or prose");
        if (type_ == "7" && is_type7(value))
            span.coding = Coding::type7;
        else if (equals_folded(type_, "hex") || (value.size() > 6 && value.substr(0, 2) == "0x"))
            span.coding = Coding::hex;
        else if (value.size() > 6 && value.substr(0, 2) == "0s")
            span.coding = Coding::base64;
        if (is_hash(value) || (form_.secret_class == SecretClass::password && type_.size() == 1 &&
                               std::string_view("4589").find(type_[0]) != std::string_view::npos))
            span.secret_class = SecretClass::hash;
        if (shape == ValueShape::key_like) {
            if (!reads_as_key(value, true)) return refuse("does not read as a key");
        } else if (shape != ValueShape::any) {
            if (shape == ValueShape::colon_hex && value.find(':') == std::string_view::npos)
                return refuse("not of the value's shape");
            span.coding = Coding::hex;
            const std::size_t least = shape == ValueShape::long_hex ? 16 : 2;
            if (value.size() < least ||
                !all_of(value, [](char c) { return is_hex(c) || c == ':' || c == 'x' || c == ' '; }))
                return refuse("not of the value's shape");
        }
        spans_.push_back(span);
        return true;
    }

    bool all_plain(std::size_t begin, std::size_t end) const {
        return all_of(words_.text().substr(begin, std::min(end, end_) - begin), [](char c) {
            return is_letter(c) || is_digit(c) || is_blank(c) ||
                   std::string_view(",:;()").find(c) != std::string_view::npos;
        });
    }

    // Whether the row may take what reads as a status: not behind a keyword with a capital, since what a device prints
    // and takes as a command is small.
    bool says_status(std::string_view value, std::size_t begin) const {
        if (form_.never_status) return is_status(value) || is_prose(value);
        if (!type_.empty() || quoted(begin)) return false;
        if (value.find(' ') != std::string_view::npos) return is_sentence(value) || is_report(value);
        return starts_capital_ && is_status(value);
    }

    // "  password  Assign the privileged level password": two blanks before words of which the first has a capital.
    bool is_help(std::size_t begin, std::string_view value) const {
        return begin > 1 && words_.text()[begin - 1] == ' ' && words_.text()[begin - 2] == ' ' && value.size() > 2 &&
               std::count(value.begin(), value.end(), ' ') > 1 && lower(value[0]) != value[0] && is_letter(value[1]) &&
               lower(value[1]) == value[1];
    }

    bool quoted(std::size_t begin) const { return is_quote(words_.text()[begin]); }

    std::size_t secret_word(std::size_t element, std::size_t at) {
        if (is_tail(at)) return 0;
        const std::size_t after = after_string(at);
        if (!add(words_[at].begin, std::min(words_[after - 1].end, end_), false)) return 0;
        if (after < last_ && is_hash_mark(word(after)) && form_.secret_class == SecretClass::password &&
            !spans_.empty())
            spans_.back().secret_class = SecretClass::hash;
        return match(element + 1, after);
    }

    std::size_t secret_hex(std::size_t element, std::size_t at) {
        std::size_t after = at;
        while (after < last_ && is_hex_group(word(after))) ++after;
        if (after == at) return 0;
        add(words_[at].begin, std::min(words_[after - 1].end, end_), false);
        return match(element + 1, after);
    }

    std::size_t secret_rest(std::size_t at) {
        if (form_.numbers_name_keys && !key_block_ && type_.empty() && at + 1 == last_ && all_of(word(at), is_digit)) {
            refuse("the number of a key");
            return 0;
        }
        if (at + 1 < last_ && is_tail(at)) return 0;
        std::size_t after = last_;
        if (const std::size_t closed = after_string(at);
            is_quote(word(at).front()) && closes(word(closed - 1), word(at).front()))
            after = closed;
        if (is_typed_value(type_, word(at)) || (!type_.empty() && is_masked(word(at)))) {
            after = at + 1;  // an encoded value is one word, whatever follows
        } else {
            for (bool stripped = true; stripped;) {
                stripped = false;
                for (const auto& tail : form_.tail)
                    if (const std::size_t begin = tail_begin(tail, after); begin < after && begin > at) {
                        after = begin;
                        stripped = true;
                    }
            }
        }
        if (!add(words_[at].begin, std::min(words_[after - 1].end, end_), false)) return 0;
        if (after < last_ && is_hash_mark(word(after)) && form_.secret_class == SecretClass::password &&
            !spans_.empty())
            spans_.back().secret_class = SecretClass::hash;
        return last_;
    }

    // Without its end, to the end of the command.
    std::size_t secret_quoted(std::size_t element, std::size_t at) {
        if (word(at).front() != '"') return 0;
        const std::size_t after = after_string(at);
        const std::string_view last = word(after - 1);
        const bool closed = last.back() == '"' && (after > at + 1 || last.size() > 1);
        add(words_[at].begin, std::min(words_[(closed ? after : last_) - 1].end, end_), !closed, ValueShape::any);
        return closed ? match(element + 1, after) : last_;
    }

    // The part of the word behind a sign: of "user:SECRET", of "name=SECRET", of "-pSECRET".
    std::size_t secret_behind(std::size_t element, std::size_t at) {
        std::string_view text = word(at);
        std::size_t begin = words_[at].begin;
        const char quote = text.front();
        if (is_quote(quote)) {
            text.remove_prefix(1);
            ++begin;
            if (closes(text, quote)) text = text.substr(0, text.rfind(quote));
        }
        const FormWord& before = form_.elements[element].words.front();
        const std::size_t sign = text.find(before.text);
        if (sign == std::string_view::npos || sign + before.text.size() >= text.size() ||
            (before.shortest > 1 && sign > 0))
            return 0;
        std::size_t skipped = sign + before.text.size();
        // "-uops:SECRET": a user in front.
        if (before.text == "-u") {
            const std::size_t colon = text.find(':', skipped);
            if (colon == std::string_view::npos || colon + 1 >= text.size()) return 0;
            skipped = colon + 1;
        }
        if (!add(begin + skipped, begin + text.size(), false)) return 0;
        return match(element + 1, at + 1);
    }

    std::size_t secret_until(std::size_t element, std::size_t at) {
        for (const FormWord& delimiter : form_.elements[element].words)
            for (std::size_t i = last_; i-- > at + 1;) {
                if (i + 1 >= last_ || (delimiter.before_address && !is_address(word(i + 1)))) continue;
                const bool one_letter = spelling_ == Spelling::typed && delimiter.before_address &&
                                        word(i).size() == 1 && lower(word(i)[0]) == delimiter.text[0];
                if (!one_letter && !is_word(word(i), delimiter, spelling_)) continue;
                add(words_[at].begin, words_[i - 1].end, false);
                return match(element + 1, i);
            }
        if (is_masked(word(at))) return last_;
        if (at + 1 < last_ && all_plain(words_[at].begin, words_[last_ - 1].end))
            return 0;  // "ISAKMP Key Exchange Payload:"
        add(words_[at].begin, std::min(words_[last_ - 1].end, end_), at + 1 < last_);
        return last_;
    }

    const Form& form_;
    const RuleNumber rule_;
    const LineWords& words_;
    const std::size_t end_;
    const bool key_block_;
    const Spelling spelling_;
    std::vector<SecretSpan>& spans_;
    std::vector<LeftText>* const left_;  ///< null: nobody asks
    std::size_t last_;
    std::string_view type_;
    bool starts_capital_ = false;
    std::size_t first_skipped_ = 0;
    bool open_ = false;
};

// A bare `key X` is the line of a sub-mode when it is indented or typed; at the left margin, where
// prose starts too, only with a single value.
bool is_submode_line(const LineWords& words, std::size_t i, bool only_indented) {
    const char first = words.head(i).front();
    if (first < 'a' || first > 'z') return false;
    if (words[i].head > words[i].begin && std::string_view("(<").find(words.text()[words[i].head - 1]) != npos)
        return false;
    if (words.indented() || words[i].after_prompt) return true;
    if (only_indented) return false;
    const std::size_t left = words.size() - i - 1;
    return left == 1 || (left == 2 && words.word(i + 1).size() == 1 && is_digit(words.word(i + 1).front()));
}

// Whether a row may start at word `i` in short. With one keyword before the secret, it must start the command, or go on
// behind its hyphen: a device takes `auth` for `authentication` and not for `authentication-key`. A pre-shared key may
// stand behind the words of its place.
bool may_start_short(const Form& form, const FormWord& head, const LineWords& words, std::size_t i) {
    const std::string_view text = words.head(i);
    if (text.size() == head.text.size()) return true;
    std::size_t keywords = 0;
    for (const FormElement& element : form.elements) {
        if (element.part >= FormPart::secret_word) break;
        keywords += element.part == FormPart::literal ? 1 : 0;
    }
    if (keywords > 1) return text.size() > 2;
    const std::size_t hyphen = head.text.find('-');
    if (hyphen == std::string::npos) return words[i].starts_command;
    if (text.size() > hyphen + 1) return true;
    if (head.text.compare(0, 3, "pre") != 0) return false;
    if (words[i].starts_command) return true;
    constexpr std::array<std::string_view, 4> places = {"ike", "loc", "rem", "ips"};
    const std::string_view before = words.head(i - 1);
    return std::any_of(places.begin(), places.end(),
                       [&](std::string_view place) { return starts_with_folded(before, place); });
}

// Whether a command that starts so only shows something: nothing of it is a secret's keyword in short.
bool shows_only(std::string_view word) {
    constexpr std::array<std::string_view, 12> commands = {"show",      "clear",       "debug",  "undebug",
                                                           "ping",      "traceroute",  "more",   "write",
                                                           "configure", "description", "remark", "banner"};
    return word.size() >= 2 && std::any_of(commands.begin(), commands.end(), [&](std::string_view command) {
               return word.size() <= command.size() && starts_with_folded(word, command.substr(0, word.size()));
           });
}

}  // namespace

struct FormMatcher::BySlot {
    bool operator()(const FormWord& a, const FormWord& b) const { return slot(a.text) < slot(b.text); }
    bool operator()(const FormWord& a, std::string_view b) const { return slot(a.text) < slot(b); }
    bool operator()(std::string_view a, const FormWord& b) const { return slot(a) < slot(b.text); }
};

FormMatcher::FormMatcher(const std::vector<Form>& forms) : forms_(&forms) {
    for (const Form& form : forms) {
        for (const FormElement& element : form.elements)
            keywords_.insert(keywords_.end(), element.words.begin(), element.words.end());
        for (const auto& tail : form.tail)
            for (const FormElement& element : tail)
                keywords_.insert(keywords_.end(), element.words.begin(), element.words.end());
        for (const FormElement& element : form.excluded)
            keywords_.insert(keywords_.end(), element.words.begin(), element.words.end());
    }
    std::stable_sort(keywords_.begin(), keywords_.end(), BySlot{});
    for (std::size_t i = 0; i < forms.size(); ++i)
        for (const FormWord& word : forms[i].elements.front().words) {
            const auto known = std::find_if(heads_.begin(), heads_.end(), [&](const Head& h) {
                return h.word.text == word.text && h.word.shortest == word.shortest;
            });
            if (known != heads_.end()) {
                known->forms.push_back(static_cast<RuleNumber>(i));
                continue;
            }
            heads_.push_back({word, {static_cast<RuleNumber>(i)}});
        }
    std::stable_sort(heads_.begin(), heads_.end(),
                     [](const Head& a, const Head& b) { return slot(a.word.text) < slot(b.word.text); });
    for (const Head& head : heads_) ++slot_begins_[slot(head.word.text) + 1];
    for (std::size_t i = 1; i < slot_begins_.size(); ++i)
        slot_begins_[i] = static_cast<std::uint16_t>(slot_begins_[i] + slot_begins_[i - 1]);
}

bool FormMatcher::is_keyword(std::string_view word) const {
    if (word.empty()) return false;
    const auto [first, last] = std::equal_range(keywords_.begin(), keywords_.end(), word, BySlot{});
    return std::any_of(first, last, [&](const FormWord& known) { return is_word(word, known); });
}

std::size_t FormMatcher::slot(std::string_view word) {
    const auto five_bits = [](char c) { return static_cast<std::size_t>(static_cast<unsigned char>(c)) & 31; };
    return five_bits(word[0]) << 5 | (word.size() > 1 ? five_bits(word[1]) : 0);
}

bool FormMatcher::find(const LineWords& words, bool key_block, std::vector<SecretSpan>& spans,
                       std::vector<LeftText>* left) const {
    Result result = find(words, key_block, false, spans, left);
    if (words.has_typed() && !result.matched) result.open |= find(words, key_block, true, spans, left).open;
    return result.open;
}

// `typed`: with keywords as short as a device takes them, where a person typed.
FormMatcher::Result FormMatcher::find(const LineWords& words, bool key_block, bool typed,
                                      std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const {
    Result result;
    bool asks = false;
    for (std::size_t i = 0; i < words.size();) {
        const std::string_view text = words.head(i);
        if (words[i].starts_command) asks = shows_only(text);
        std::size_t next = 0;
        if (!text.empty() && (!typed || (words[i].typed && !asks)))
            for (std::size_t number = slot_begins_[slot(text)], end = slot_begins_[slot(text) + 1]; number < end;
                 ++number) {
                const Head& head = heads_[number];
                if (!is_word(text, head.word, typed ? Spelling::typed_head : Spelling::written)) continue;
                for (const RuleNumber rule : head.forms) {
                    const Form& form = (*forms_)[rule];
                    if (form.at_start && !words[i].starts_command) continue;
                    if (typed && !may_start_short(form, head.word, words, i)) continue;
                    if (form.submode && !is_submode_line(words, i, form.indented)) continue;
                    const bool short_words = typed || (words[i].typed && !asks);
                    Attempt attempt(form, rule, words, i, key_block, short_words, spans, left);
                    next = attempt.run(i);
                    result.open = result.open || (next == 0 && attempt.is_open());
                    result.matched = result.matched || next != 0;
                    // Words that a row skips say nothing to it: another may start at one of them.
                    if (next != 0 && attempt.first_skipped() != 0) next = attempt.first_skipped();
                    if (next != 0) break;
                }
                if (next != 0) break;
            }
        // The last word of a command can hold the first one of the next: "...SECRET\nusername".
        if (next > i + 1 && words[next - 1].starts_command && words[next - 1].head > words[next - 1].begin) --next;
        i = next > i ? next : i + 1;
    }
    return result;
}

}  // namespace formats
