#include "formats/redaction/rules/assignments.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/secret_name.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_name = 64;

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

// Whether the name that ends at `colon` is a member's of YAML: nothing stands in front of it on the line but blanks, the
// sign of a list, a brace or a comma.
bool starts_member(std::string_view line, std::size_t colon) {
    std::size_t at = colon;
    while (at > 0 && is_name_char(line[at - 1])) --at;
    if (at == colon) return false;
    const std::size_t front = at;
    while (at > 0 && is_blank(line[at - 1])) --at;
    if (at == 0) return true;
    return line[at - 1] == '{' || line[at - 1] == ',' ||
           (line[at - 1] == '-' && trim(line.substr(0, at)) == "-" && front > at);
}

bool is_prompt_word(std::string_view name) {
    return equals_folded(name, "password") || equals_folded(name, "passwd") || equals_folded(name, "passphrase") ||
           equals_folded(name, "passcode") || equals_folded(name, "passwort");
}

// The quote that the word starts with in which `at` stands, 0 without one: of "ipsec:NAME=VALUE".
char quote_before(std::string_view line, std::size_t at) {
    while (at > 0 && !is_blank(line[at - 1])) {
        --at;
        if (is_quote(line[at])) return line[at];
    }
    return '\0';
}

// What is no value of such a name: a bracket that opens more, nothing, a truth, a reference.
bool is_no_value(std::string_view value) {
    constexpr std::array<std::string_view, 10> nothing = {"null", "none", "nil",       "true",   "false",
                                                          "yes",  "no",   "undefined", "!vault", "|"};
    if (value.empty() || std::string_view("{[(<$").find(value.front()) != npos)
        return value.empty() || value.front() != '$' || !is_hash(value);
    if (value.substr(0, 2) == "!v" || value.substr(0, 2) == "%(") return true;
    while (!value.empty() && (value.back() == ',' || value.back() == ';')) value.remove_suffix(1);
    return std::any_of(nothing.begin(), nothing.end(),
                       [&](std::string_view word) { return equals_folded(value, word); }) ||
           is_masked(value);
}

// Whether " ident =" starts at `text`: the next setting on the same line.
bool starts_setting(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && is_name_char(text[i])) ++i;
    if (i == 0) return false;
    while (i < text.size() && is_blank(text[i])) ++i;
    return i + 1 < text.size() && text[i] == '=' && text[i + 1] != '=';
}

// The end of an unquoted value of a configuration file: "}", a comment, the next setting, the end
// of the line.
std::size_t setting_end(std::string_view line, std::size_t begin) {
    for (std::size_t i = begin; i < line.size(); ++i) {
        if (!is_blank(line[i])) continue;
        std::size_t next = i;
        while (next < line.size() && is_blank(line[next])) ++next;
        if (next == line.size()) return i;
        if (line[next] == '}' || line[next] == '#' || starts_setting(line.substr(next, 64))) return i;
        i = next - 1;
    }
    return line.size();
}

// A name in quotes, and what stands between it and the sign: `"NAME" :`, `\"NAME\":`, `NAME:0 =`, `NAME :=`.
struct AssignedName {
    std::size_t begin, end;
    bool quoted;
};

AssignedName name_before(std::string_view line, std::size_t sign) {
    constexpr std::size_t most_blanks = 16;
    std::size_t end = sign;
    const auto skip_blanks = [&] {
        while (end > 0 && is_blank(line[end - 1]) && sign - end < most_blanks) --end;
    };
    if (line[sign] == '=' && end > 0 && line[end - 1] == ':') --end;
    skip_blanks();
    // The tag of a RADIUS attribute: "Tunnel-Password:0 = ".
    if (line[sign] == '=' && end > 2 && is_digit(line[end - 1]) && line[end - 2] == ':') end -= 2;
    const bool quoted = end > 0 && is_quote(line[end - 1]);
    if (quoted) --end;
    if (quoted && end > 0 && line[end - 1] == '\\') --end;
    std::size_t begin = end;
    while (begin > 0 && end - begin < longest_name && is_name_char(line[begin - 1])) --begin;
    return {begin, end, quoted};
}

// <add key="password" value="SECRET">: the name is another attribute's.
std::string_view name_of_value(std::string_view line, std::size_t begin, std::string_view name) {
    if (!equals_folded(name, "value") || begin == 0) return name;
    const std::size_t close = line.rfind('"', begin);
    const std::size_t open = close == npos || close == 0 ? npos : line.rfind('"', close - 1);
    if (open == npos || close + 2 < begin || close - open >= longest_name) return name;
    const std::string_view other = line.substr(open + 1, close - open - 1);
    return is_secret_name(other) ? other : name;
}

// SSHPASS, DEVICE_PASS: a variable of a shell, which has one word.
bool is_variable(std::string_view name) {
    return all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
}

SecretClass class_of(std::string_view name) {
    if (find_folded(name, "psk") != npos || equals_folded(name, "secret")) return SecretClass::psk;
    return find_folded(name, "key") != npos || find_folded(name, "token") != npos ? SecretClass::key
                                                                                  : SecretClass::password;
}

// One sign of the line, and what stands on both sides of it.
class Assignment {
 public:
    Assignment(std::string_view line, std::size_t sign) : line_(line), sign_(sign), name_(name_before(line, sign)) {
        colon_ = line[sign] == ':';
        name_text_ = name_of_value(line, name_.begin, line.substr(name_.begin, name_.end - name_.begin));
    }

    /// Whether the name and its place say that a secret follows.
    bool names_secret() {
        // Without quotes, the name of YAML stands at the start of a line, of a list's item or of a mapping.
        if (colon_ && !name_.quoted && !(next_is(' ') && starts_member(line_, sign_))) return false;
        if (next_is('>') || next_is('=') || name_text_.empty()) return false;
        if (equals_folded(name_text_, "name") && is_of_community()) return true;
        some_key_ = !is_secret_name(name_text_);
        if (some_key_ && !may_be_key_name(name_text_)) return false;
        const std::string_view before = line_.substr(0, name_.begin);
        return find_folded(before, "pkcs11:") == npos &&  // `token=` names it
               find_folded(before, "cookie:") == npos;    // the cookie's rule
    }

    /// Finds the value; whether there is one.
    bool find_value() {
        begin_ = sign_ + 1;
        while (begin_ < line_.size() && is_blank(line_[begin_])) ++begin_;
        if (begin_ == line_.size()) return false;
        loose_ = begin_ > sign_ + 1 || name_.end < sign_;  // blanks round the sign: a configuration file
        const auto quote_at = [&](std::size_t at) { return at < line_.size() && is_quote(line_[at]); };
        if ((line_[begin_] == 'u' || line_[begin_] == 'b') && quote_at(begin_ + 1)) ++begin_;  // of Python
        if (line_[begin_] == '\\' && quote_at(begin_ + 1)) {
            begin_ += 2;  // a text in a text
            end_ = std::min(line_.find('\\', begin_), line_.size());
            quoted_ = true;
        } else if (is_quote(line_[begin_])) {
            const char quote = line_[begin_++];
            end_ = line_.find(quote, begin_);
            while (end_ != npos && line_[end_ - 1] == '\\') end_ = line_.find(quote, end_ + 1);
            if (end_ == npos) end_ = line_.size();
            quoted_ = true;
        } else {
            end_ = end_of_word();
        }
        value_ = line_.substr(begin_, end_ - std::min(begin_, end_));
        return end_ > begin_;
    }

    /// Why what stands there is no secret; null when it is one. An empty reason is not worth telling.
    const char* refusal() const {
        // A setting in quotes is what it says: secret = "wrong".
        const bool setting = !colon_ && quoted_ && !name_.quoted;
        if (is_no_value(value_) || (!setting && is_status(value_))) return "no value, a status or masked already";
        if (some_key_ && !reads_as_key(value_, true)) return "";
        if (is_variable(name_text_) && find_folded(name_text_, "pwd") != npos && value_.front() == '/')
            return "";  // where a shell stands
        // Of other vendors' names with "key" some hold names and numbers.
        const bool is_key = name_text_.size() >= 3 && equals_folded(name_text_.substr(name_text_.size() - 3), "key");
        if (!colon_ && is_key && find_folded(name_text_, "shared") == npos && !reads_as_key(value_, false) &&
            coding_of(value_) == Coding::plain)
            return "";
        // A label of a device as well: the prompt's rule.
        if (colon_ && !name_.quoted && is_prompt_word(name_text_) && line_.find_first_not_of(" \t") == name_.begin)
            return "";
        if (colon_ && !quoted_ && !is_bare_value()) return "a bare value that does not read as a key";
        if (names_community() && (all_of(value_, [](char c) { return is_digit(c) || c == ':' || c == ' '; }) ||
                                  find_folded(value_, "no-") == 0))
            return "";  // of BGP
        return nullptr;
    }

    SecretSpan span(RuleNumber rule) const {
        const bool form = !loose_ && line_.find('&') != npos;
        return {begin_, end_, rule, names_community() ? SecretClass::community : class_of(name_text_),
                form ? Coding::url : coding_of(value_)};
    }
    std::size_t end() const { return end_; }

 private:
    bool next_is(char c) const { return sign_ + 1 < line_.size() && line_[sign_ + 1] == c; }
    bool names_community() const {
        return name_text_.size() >= 9 && equals_folded(name_text_.substr(name_text_.size() - 9), "community");
    }

    // "community-config": [{"name": "SECRET"
    bool is_of_community() {
        if (!colon_ || !name_.quoted || name_.begin == 0) return false;
        const std::string_view before = line_.substr(0, name_.begin - 1);
        const std::size_t sign = before.find_last_not_of(" \t[{");
        if (sign == npos || before[sign] != ':' || sign + 1 == before.size()) return false;
        const AssignedName outer = name_before(line_, sign);
        const std::string_view name = line_.substr(outer.begin, outer.end - outer.begin);
        if (find_folded(name, "community") == npos || find_folded(name, "list") != npos) return false;
        name_text_ = "community";
        return true;
    }

    std::size_t end_of_word() const {
        const auto first_of = [&](std::string_view ends) {
            return std::min(line_.find_first_of(ends, begin_), line_.size());
        };
        if (!loose_ && line_.find('&') != npos) return first_of("& \t\"'<");
        if (colon_) return first_of(",} \t");
        if (!loose_) {
            if (name_.begin > 0 && line_[name_.begin - 1] == ',') return first_of(", \t\"'");  // of a list of options
            if (name_text_.front() == '-' || is_variable(name_text_)) return first_of(" \t\"'");
            if (const char quote = quote_before(line_, name_.begin))
                return std::min(line_.find(quote, begin_), line_.size());  // "NAME=SECRET"
        }
        return setting_end(line_, begin_);
    }

    // "site-psk": added connection: the name of a connection and what happens to it. A bare value stands last, and is no
    // word of a sentence; behind a name that no sentence has it may be any word.
    bool is_bare_value() const {
        const std::size_t rest = line_.find_first_not_of(" \t", end_);
        const bool last = rest == npos || std::string_view(",}]#").find(line_[rest]) != npos;
        const bool joined = !name_.quoted && name_text_.find('_') != npos && is_secret_name(name_text_);
        return last && (joined || reads_as_key(value_, false) || all_of(value_, is_digit));
    }

    const std::string_view line_;
    const std::size_t sign_;
    const AssignedName name_;
    std::string_view name_text_, value_;
    std::size_t begin_ = 0, end_ = 0;
    bool colon_ = false, some_key_ = false, loose_ = false, quoted_ = false;
};

}  // namespace

void find_assignments(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans,
                      std::vector<LeftText>* left) {
    for (std::size_t at = line.find_first_of("=:"); at != npos; at = line.find_first_of("=:", at + 1)) {
        Assignment assignment(line, at);
        if (!assignment.names_secret() || !assignment.find_value()) continue;
        if (const char* why = assignment.refusal()) {
            if (left != nullptr && *why != '\0') left->push_back({rule, why});
            continue;
        }
        spans.push_back(assignment.span(rule));
        at = assignment.end() - 1;
    }
}

}  // namespace formats
