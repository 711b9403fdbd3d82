#include "formats/redaction/rules/block_state.hpp"

#include <algorithm>

#include "formats/redaction/rules/markup.hpp"
#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_body = 2000;  // lines
constexpr std::size_t longest_table = 2000;
constexpr std::size_t longest_dump = 5000;
constexpr std::size_t longest_element = 64;
constexpr std::size_t longest_hsrp_group = 16;
constexpr std::size_t most_racoon_rows = 64;
constexpr std::size_t header_lines = 8;  // of a PEM body

std::size_t first_command(const LineWords& words) {
    const std::size_t first = words.first_command();
    return first < words.size() ? first : 0;
}

bool is_hex_pair(std::string_view word) { return word.size() == 2 && is_hex(word[0]) && is_hex(word[1]); }

// Where the hex columns of a dump row start: words of two digits, at most 16, then the end, `|` or
// characters behind two blanks. npos when it is no such row.
std::size_t dump_row_begin(const LineWords& words, std::size_t first) {
    std::size_t i = first;
    while (i < words.size() && i < first + 16 && is_hex_pair(words.word(i))) ++i;
    if (i == first) return npos;
    if (i < words.size() && words.word(i) != "|" && words[i].begin < words[i - 1].end + 2) return npos;
    return words[first].begin;
}

// "05[IKE] <gw|1> ": the number of the thread and the word after it. A journal has no thread: number 0, which no thread
// has.
struct CharonPrefix {
    std::size_t thread;
    std::size_t next;
};
CharonPrefix read_charon_prefix(const LineWords& words) {
    for (std::size_t i = 0; i < words.size() && i < 8; ++i) {
        const std::string_view word = words.word(i);
        if (word.size() < 6 || word.size() > 9 || !is_digit(word[0]) || !is_digit(word[1]) || word[2] != '[' ||
            word.back() != ']')
            continue;
        std::size_t next = i + 1;
        if (next < words.size() && words.word(next).front() == '<')
            while (next < words.size() && words.word(next++).back() != '>') {
            }
        return {static_cast<std::size_t>((word[0] - '0') * 10 + (word[1] - '0')), next};
    }
    return {0, 0};
}

// The names of charon's dumps at log level 4 that are keys or secrets.
bool is_secret_dump(std::string_view name) {
    constexpr std::array<std::string_view, 8> harmless = {"public",  "key id",   "keyid",  "fingerprint",
                                                          "payload", "key type", "packet", "certificate"};
    constexpr std::array<std::string_view, 32> words = {
        "key",   "secret", "psk",  "ppk",  "password", "passphrase", "pin",  "prk",      "okm", "seed",   "reseed",
        "xseed", "msk",    "emsk", "mk",   "k",        "keys",       "opc",  "op",       "ck",  "ik",     "ak",
        "kc",    "sres",   "res",  "xres", "keymat",   "masterkey",  "xkey", "keyblock", "ikm", "secrets"};
    constexpr std::array<std::string_view, 14> parts = {
        "skeyid",    "skeyseed",  "sk_",        "k_",      "ctr_drbg", "hmac_drbg",      "clear text",
        "plaintext", "decrypted", "prf(secret", "prf res", "nt hash",  "xfrm_msg_newsa", "xfrm_msg_updsa"};
    for (const std::string_view known : harmless)
        if (const std::size_t at = find_folded(name, known); at != npos && (at == 0 || !is_alnum(name[at - 1])))
            return false;
    for (const std::string_view known : parts)
        for (std::size_t at = find_folded(name, known); at != npos; at = find_folded(name, known, at + 1))
            if (at == 0 || !is_alnum(name[at - 1])) return true;
    for (const std::string_view known : words)
        for (std::size_t at = find_folded(name, known); at != npos; at = find_folded(name, known, at + 1)) {
            const std::size_t end = at + known.size();
            if ((at == 0 || !is_alnum(name[at - 1])) && (end == name.size() || !is_alnum(name[end]))) return true;
        }
    return false;
}

// Before rows of hex in the log of pluto, which has a '|' on every line.
constexpr std::array<std::string_view, 6> pluto_marks = {
    "skeyid", "enc key:", "keymat computed:", "shared-secret", "skeyseed", "chunk sk_"};

// The same in the log of racoon, which has groups of eight digits.
constexpr std::array<std::string_view, 2> racoon_marks = {"skeyid", "key computed"};

bool is_hex_row(const LineWords& words, std::size_t first) {
    constexpr std::size_t group = 8;
    if (first >= words.size()) return false;
    for (std::size_t i = first; i < words.size(); ++i) {
        const std::string_view word = words.word(i);
        const bool last = i + 1 == words.size();
        if (!all_of(word, is_hex) || word.size() > group || (last ? word.size() % 2 != 0 : word.size() < group))
            return false;
    }
    return words.word(first).size() == group;
}

bool is_body_label(std::string_view label) {
    return label.find("PRIVATE KEY") != npos || label.find("PKCS12") != npos || label.find("PKCS #12") != npos;
}

}  // namespace

std::vector<Trigger> block_triggers() {
    std::vector<Trigger> triggers = {
        {"-----begin ", for_key_bodies},       {"pkcs12 follows", for_loose_bodies},
        {"encoded pkcs12", for_loose_bodies},  {"preshared key", for_key_tables},
        {"raw packet data", for_radius_dumps}, {"radius: type", for_radius_values},
        {"after decryption", for_ike_dumps},   {"before encryption", for_ike_dumps},
        {" bytes @ 0x", for_charon_dumps},     {"hostname", for_names, true},
    };
    triggers.push_back({"hsrp", for_hsrp_groups, true});
    for (const std::string_view mark : racoon_marks) triggers.push_back({std::string(mark), for_racoon_rows});
    for (const std::string_view mark : pluto_marks) triggers.push_back({std::string(mark), for_pluto_rows});
    for (const char* text :
         {"aaa-server", "radius server", "tacacs server", "cluster group", "configuration group", "key chain"})
        triggers.push_back({text, for_key_blocks, true});
    return triggers;
}

BlockState::BlockState(const RuleBook& rules)
    : body_rule_(rules.number("key-body")),
      table_rule_(rules.number("key-table")),
      radius_rule_(rules.number("radius-dump")),
      ike_rule_(rules.number("ike-dump")),
      charon_rule_(rules.number("charon-dump")),
      pluto_rule_(rules.number("pluto-rows")),
      element_rule_(rules.number("element")),
      hsrp_rule_(rules.number("hsrp-group")),
      racoon_rule_(rules.number("racoon-rows")) {}

void BlockState::open(Kind kind, std::size_t lines) {
    kind_ = kind;
    lines_left_ = lines;
    lines_in_block_ = 0;
    foreign_lines_ = 0;
    rows_seen_ = false;
}

void BlockState::close() {
    kind_ = Kind::none;
    lines_left_ =
        std::any_of(charon_rows_.begin(), charon_rows_.end(), [](auto rows) { return rows > 0; }) ? longest_dump : 0;
}

void BlockState::line(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans) {
    watch_key_block(words);
    if (starts_block(words, kinds, spans) || lines_left_ == 0) return;
    --lines_left_;
    ++lines_in_block_;
    if (charon_dump(words, spans)) return;
    switch (kind_) {
        case Kind::none: break;
        case Kind::key_body:
        case Kind::loose_body: key_body(words, spans); break;
        case Kind::key_table: key_table(words, spans); break;
        case Kind::element_tag:
        case Kind::element_text:
        case Kind::element_cdata: element(words, spans); break;
        case Kind::hsrp_group: hsrp_group(words, spans); break;
        case Kind::racoon_rows: racoon_row(words, spans); break;
        default: dump_row(words, spans); break;
    }
    if (lines_left_ == 0) {
        charon_rows_.fill(0);
        close();
    }
}

// Whether this line is the first of a block (and holds nothing more that a block could tell).
bool BlockState::starts_block(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans) {
    const std::string_view text = words.text();
    const auto is_for = [&](unsigned kind) { return (kinds & kind) != 0; };
    if (const std::size_t begin = is_for(for_key_bodies) ? text.find("-----BEGIN ") : npos; begin != npos) {
        const std::size_t label = begin + 11;
        const std::size_t dashes = text.find("-----", label);
        if (dashes == npos || !is_body_label(text.substr(label, dashes - label))) return false;
        const std::size_t body = dashes + 5;
        const std::string_view rest = text.substr(body);
        if (trim(rest).empty()) {
            open(Kind::key_body, longest_body);
            return true;
        }
        if (!is_base64(rest.front()) && rest.front() != '\\') return false;  // prose about such a line
        const std::size_t end = rest.find("-----END");
        spans.push_back({body, end == npos ? text.size() : body + end, body_rule_, SecretClass::private_key,
                         Coding::plain, false, false});
        if (end == npos) open(Kind::key_body, longest_body);
        return true;
    }
    if (is_for(for_loose_bodies)) {
        open(Kind::loose_body, longest_body);
        return true;
    }
    if (const std::size_t column = is_for(for_key_tables) ? find_folded(text, "preshared key") : npos;
        column != npos && find_folded(text, "address") < column) {
        open(Kind::key_table, longest_table);
        column_ = column;
        return true;
    }
    if (is_for(for_radius_dumps)) {
        open(Kind::radius_dump, longest_dump);
        return true;
    }
    if (const std::size_t type = is_for(for_radius_values) ? find_folded(text, "radius: type = ") : npos;
        type != npos) {
        const std::string_view number =
            text.substr(type + 15, text.find_first_not_of("0123456789", type + 15) - (type + 15));
        radius_secret_ = number == "2" || number == "3" || number == "60" || number == "69" ||
                         find_folded(text, "password") != npos || find_folded(text, "chap") != npos ||
                         find_folded(text, "mppe") != npos;
        if (radius_secret_)
            open(Kind::radius_value, longest_dump);
        else if (kind_ == Kind::radius_value)
            close();
        return true;
    }
    if (is_for(for_ike_dumps)) {
        open(Kind::ike_dump, longest_dump);
        return true;
    }
    if (const std::size_t arrow = is_for(for_charon_dumps) ? text.find(" => ") : npos; arrow != npos) {
        const CharonPrefix prefix = read_charon_prefix(words);
        const std::string_view count = text.substr(arrow + 4);
        if (find_folded(count, " bytes @ 0x") == npos || prefix.next >= words.size()) return false;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < count.size() && is_digit(count[i]) && bytes < 100'000; ++i)
            bytes = bytes * 10 + static_cast<std::size_t>(count[i] - '0');
        // Without a thread, what stands before the name is a stamp and the program: the name is behind the last colon.
        std::size_t name = words[prefix.next].begin;
        if (prefix.next == 0)
            if (const std::size_t colon = text.substr(0, arrow).rfind("]: "); colon != npos) name = colon + 3;
        const bool secret = name < arrow && is_secret_dump(text.substr(name, arrow - name));
        charon_rows_[prefix.thread] = static_cast<std::uint16_t>(secret ? (bytes + 15) / 16 : 0);
        if (kind_ == Kind::none) close();
        return true;
    }
    if (is_for(for_open_elements) && opens_element(words)) return true;
    if (is_for(for_hsrp_groups) && opens_hsrp_group(words)) return true;
    if (is_for(for_racoon_rows) && text.find('|') == npos && trim(text).back() == ':') {
        open(Kind::racoon_rows, most_racoon_rows);
        return true;
    }
    if (!is_for(for_pluto_rows)) return false;
    for (const std::string_view mark : pluto_marks)
        if (const std::size_t at = find_folded(text, mark);
            at != npos && text.find(':', at) != npos && text.find('|') != npos) {
            open(Kind::pluto_rows, longest_dump);
            return true;
        }
    return false;
}

void BlockState::key_body(const LineWords& words, std::vector<SecretSpan>& spans) {
    if (words.size() == 0) return;
    const std::string_view text = words.text();
    const auto add = [&](std::size_t begin, std::size_t end) {
        spans.push_back({begin, end, body_rule_, SecretClass::private_key, Coding::plain, false, false});
    };
    std::size_t end = text.find("-----END");
    if (end == npos) end = find_folded(text, "---end -");
    if (end != npos) {
        const std::string_view before = trim(text.substr(0, end));
        if (!before.empty() && before.find(' ') == npos && before.size() >= 8) add(text.find(before), end);
        close();
        return;
    }
    if (words.starts_with_prompt() || equals_folded(trim(text), "quit")) {
        close();
        return;
    }
    // Only what shows by its shape is the body's: base64, of a line's length or padded, or short behind such.
    constexpr std::size_t most_foreign = 32;
    const std::size_t first = first_command(words);
    const std::string_view word = words.word(first);
    const auto is_body = [](char c) { return is_base64(c) || c == '\\' || c == ',' || c == '"'; };
    if (first + 1 == words.size() && all_of(word, is_body) &&
        (word.size() >= 20 || word.find('=') != npos || (rows_seen_ && reads_as_key(word, false)))) {
        add(words[first].begin, words[first].end);
        rows_seen_ = true;
        foreign_lines_ = 0;
        return;
    }
    if (text.find("-----BEGIN ") != npos || ++foreign_lines_ > most_foreign) return close();
    // "DEK-Info: DES-EDE3-CBC,7F0B": part of the body.
    if (kind_ == Kind::key_body && lines_in_block_ <= header_lines && word.back() == ':' && first + 1 < words.size())
        add(words[first + 1].begin, words[words.size() - 1].end);
}

// Whether the line ends in an element that holds a secret: in its tag or in its text. What the line
// has of the text is the shape's. In prose ("passwd <password>") something else stands before it.
bool BlockState::opens_element(const LineWords& words) {
    const std::string_view line = words.text();
    for (std::size_t at = secret_element(line, 0); at != npos; at = secret_element(line, at + 1)) {
        const std::string_view before = trim(line.substr(own_stamp_length(line), at - own_stamp_length(line)));
        if (!before.empty() && before.back() != '>') continue;
        const std::size_t opened = line.find('>', at);
        if (opened == npos) {
            open(Kind::element_tag, longest_element);
            return true;
        }
        if (line[opened - 1] == '/') continue;
        const ElementText text = element_text(line, opened + 1, false);
        if (!text.goes_on ||
            (text.end > text.begin && !trim(line.substr(text.begin)).empty() && !is_own_text(line, text)))
            continue;
        open(text.in_cdata ? Kind::element_cdata : Kind::element_text, longest_element);
        return true;
    }
    return false;
}

void BlockState::element(const LineWords& words, std::vector<SecretSpan>& spans) {
    if (words.starts_with_prompt()) return close();
    const std::string_view line = words.text();
    std::size_t begin = own_stamp_length(line);
    if (kind_ == Kind::element_tag) {
        const std::size_t opened = line.find('>', begin);
        if (opened == npos) return;
        if (opened > begin && line[opened - 1] == '/') return close();
        kind_ = Kind::element_text;
        begin = opened + 1;
    }
    const ElementText text = element_text(line, begin, kind_ == Kind::element_cdata);
    const bool shown = text.end > text.begin && !trim(line.substr(text.begin, text.end - text.begin)).empty();
    if (shown && !is_own_text(line, text)) return close();
    if (shown) spans.push_back({text.begin, text.end, element_rule_, SecretClass::password, Coding::xml});
    if (!text.goes_on) return close();
    kind_ = text.in_cdata ? Kind::element_cdata : Kind::element_text;
}

void BlockState::key_table(const LineWords& words, std::vector<SecretSpan>& spans) {
    if (words.starts_with_prompt()) {
        close();
        return;
    }
    if (words.size() == 0) {
        if (rows_seen_) close();
        return;
    }
    rows_seen_ = true;
    const std::string_view text = words.text();
    const std::size_t end = words[words.size() - 1].end;
    std::size_t begin = column_;
    if (begin >= end || is_blank(text[begin]) || (begin > 0 && !is_blank(text[begin - 1]))) {
        // Shifted by a long name: the last field behind two blanks, or the last word.
        std::size_t last = words.size() - 1;
        std::size_t i = last;
        while (i > 0 && words[i].begin < words[i - 1].end + 2) --i;
        begin = words[i > 0 ? i : last].begin;
    }
    if (words.size() > 1) spans.push_back({begin, end, table_rule_, SecretClass::psk});
}

// "  hsrp 10" of NX-OS: what stands in the group is indented.
bool BlockState::opens_hsrp_group(const LineWords& words) {
    const std::size_t first = first_command(words);
    if (first + 1 >= words.size() || !equals_folded(words.head(first), "hsrp") ||
        !all_of(words.word(first + 1), is_digit))
        return false;
    open(Kind::hsrp_group, longest_hsrp_group);
    return true;
}

void BlockState::hsrp_group(const LineWords& words, std::vector<SecretSpan>& spans) {
    if (words.size() == 0) return;
    const std::size_t first = first_command(words);
    const bool typed = words[first].after_prompt;
    if ((!words.indented() && !typed) || equals_folded(words.head(first), "interface")) return close();
    const std::size_t value = first + 1;
    if (value + 1 != words.size() || !equals_folded(words.head(first), "authentication")) return;
    const std::string_view word = words.word(value);
    if (!equals_folded(word, "text") && !equals_folded(word, "md5"))
        spans.push_back({words[value].begin, words[value].end, hsrp_rule_, SecretClass::password});
}

// The rows are at the margin or behind the stamp; a line with the stamp alone may come first.
void BlockState::racoon_row(const LineWords& words, std::vector<SecretSpan>& spans) {
    std::size_t first = words.size();
    while (first > 0 && words.word(first - 1).back() != ':') --first;
    if (first == words.size() && !rows_seen_ && lines_in_block_ <= 2) return;
    if (!is_hex_row(words, first)) return close();
    rows_seen_ = true;
    spans.push_back(
        {words[first].begin, words[words.size() - 1].end, racoon_rule_, SecretClass::key, Coding::hex, false, false});
}

// One line while rows of a dump are expected.
void BlockState::dump_row(const LineWords& words, std::vector<SecretSpan>& spans) {
    const std::string_view text = words.text();
    if (words.size() == 0) {
        if (rows_seen_ && kind_ != Kind::radius_dump) close();
        return;
    }
    std::size_t first = first_command(words);
    if (kind_ == Kind::pluto_rows) {
        for (std::size_t i = 0; i < words.size(); ++i)
            if (words.word(i) == "|") first = i + 1;
        bool row = first < words.size();
        for (std::size_t i = first; i < words.size(); ++i) row = row && is_hex_pair(words.word(i));
        if (row)
            spans.push_back({words[first].begin, words[words.size() - 1].end, pluto_rule_, SecretClass::key,
                             Coding::hex, false, false});
        else
            close();
        return;
    }
    const RuleNumber rule = kind_ == Kind::ike_dump ? ike_rule_ : radius_rule_;
    std::size_t begin = npos;
    // A row may look like an index ("00 12") to the search for the command: look from the start as
    // well.
    for (const std::size_t from : {std::size_t{0}, first})
        if (begin == npos) begin = dump_row_begin(words, from);
    if (begin != npos) {
        rows_seen_ = true;
        spans.push_back({begin, words[words.size() - 1].end, rule, SecretClass::password, Coding::plain, false, false});
        return;
    }
    if (kind_ == Kind::radius_value) {
        if (const std::size_t value = find_folded(text, "radius: value (");
            value != npos && text.find('=', value) != npos) {
            const std::size_t from = text.find('=', value) + 1;
            if (!trim(text.substr(from)).empty()) spans.push_back({from, text.size(), rule, SecretClass::password});
            return;
        }
        if (!starts_with_folded(trim(text), "radius:") || rows_seen_) close();
        return;
    }
    const bool over = kind_ == Kind::radius_dump
                          ? find_folded(text, "parsed packet data") != npos || words.starts_with_prompt()
                          : rows_seen_ || lines_in_block_ > 3;
    if (over) close();
}

// "05[IKE] SKEYID => 20 bytes @ 0x7f.." and its rows; several threads write at once.
bool BlockState::charon_dump(const LineWords& words, std::vector<SecretSpan>& spans) {
    const CharonPrefix prefix = read_charon_prefix(words);
    const auto is_index = [&](std::size_t i) {
        const std::string_view word = words.word(i);
        return word.size() >= 2 && word.back() == ':' && all_of(word.substr(0, word.size() - 1), is_digit);
    };
    std::size_t at = prefix.next;
    if (at == 0)
        while (at < words.size() && at < 8 && !is_index(at)) ++at;
    if (at >= words.size() || !is_index(at)) return false;
    const std::size_t begin = dump_row_begin(words, at + 1);
    std::uint16_t& rows = charon_rows_[prefix.thread];
    if (begin == npos || rows == 0) return false;
    --rows;
    spans.push_back({begin, words[words.size() - 1].end, charon_rule_, SecretClass::key, Coding::plain, false, false});
    if (rows == 0 && kind_ == Kind::none) close();
    return true;
}

void BlockState::watch_key_block(const LineWords& words) {
    if (words.size() == 0) return;
    const std::size_t first = first_command(words);
    const auto is = [&](std::size_t i, std::string_view word) {
        return first + i < words.size() && equals_folded(words.head(first + i), word);
    };
    const bool opens = (is(0, "aaa-server") && words.size() > first + 3) ||
                       ((is(0, "radius") || is(0, "tacacs")) && is(1, "server")) ||
                       (is(0, "cluster") && is(1, "group")) || (is(0, "crypto") && is(2, "client") && is(4, "group"));
    const bool stands_at_the_margin =
        !words.indented() && !words[first].after_prompt && words[first].head == words[first].begin;
    if (opens)
        key_block_ = true;
    else if (stands_at_the_margin || (is(0, "key") && is(1, "chain")))
        key_block_ = false;
}

}  // namespace formats
