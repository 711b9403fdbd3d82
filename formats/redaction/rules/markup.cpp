#include "formats/redaction/rules/markup.hpp"

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/secret_name.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_tag = 64;
constexpr std::string_view cdata = "<![CDATA[", cdata_end = "]]>";

// <key>SECRET</key>: elements that are called so hold names and paths as well.
void find_keys(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) {
    constexpr std::string_view tag = "<key>";
    constexpr std::size_t least_type7 = 8;
    for (std::size_t at = find_folded(line, tag); at != npos; at = find_folded(line, tag, at + 1)) {
        const ElementText text = element_text(line, at + tag.size(), false);
        const std::string_view value = line.substr(text.begin, text.end - text.begin);
        if (text.goes_on || !is_own_text(line, text)) continue;
        if (reads_as_key(value, true) || (value.size() >= least_type7 && is_type7(value)))
            spans.push_back({text.begin, text.end, rule, SecretClass::key, Coding::xml});
    }
}

// The same where the markup itself is quoted for XML.
void find_quoted_elements(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) {
    constexpr std::string_view opening = "&lt;", closing = "&gt;";
    for (std::size_t at = line.find(opening); at != npos; at = line.find(opening, at + 1)) {
        const std::size_t name = at + opening.size(), name_end = line.substr(0, name + longest_tag).find(closing, name);
        if (name_end == npos) continue;
        std::string_view tag = line.substr(name, name_end - name);
        tag = tag.substr(0, tag.find_first_of(" \t"));
        if (tag.rfind(':') != npos) tag.remove_prefix(tag.rfind(':') + 1);
        const std::size_t begin = name_end + closing.size(), end = line.find(opening, begin);
        if (end == npos || end == begin || !is_secret_name(tag)) continue;
        spans.push_back({begin, end, rule, SecretClass::password, Coding::xml});
    }
}

}  // namespace

// Text belongs to an element when it is closed as such, or goes on as one word: a usage has `<password>  what it is`.
bool is_own_text(std::string_view line, const ElementText& text) {
    if (text.end <= text.begin) return false;
    if (text.in_cdata) return true;
    const std::string_view shown = trim(line.substr(text.begin, text.end - text.begin));
    if (shown.empty()) return false;
    return text.goes_on ? shown.find_first_of(" \t") == npos : line.substr(text.end, 2) == "</";
}

// The text of an element from `begin` on. `inside`: whether it goes on in the next line.
ElementText element_text(std::string_view line, std::size_t begin, bool in_cdata) {
    ElementText text{begin, line.size(), in_cdata, true};
    const std::size_t shown = std::min(line.find_first_not_of(" \t", begin), line.size());
    if (!in_cdata && line.substr(shown, cdata.size()) == cdata) {
        text.in_cdata = true;
        text.begin = shown + cdata.size();
    }
    const std::size_t end = text.in_cdata ? line.find(cdata_end, text.begin) : line.find('<', text.begin);
    if (end == npos) return text;
    text.end = end;
    text.goes_on = false;
    return text;
}

std::size_t secret_element(std::string_view line, std::size_t from) {
    for (std::size_t at = line.find('<', from); at != npos; at = line.find('<', at + 1)) {
        std::string_view tag = line.substr(at + 1, longest_tag);
        if (tag.empty() || !is_letter(tag.front())) continue;
        const std::size_t end =
            tag.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:");
        if (end != npos && tag[end] != '>' && !is_blank(tag[end])) continue;
        tag = tag.substr(0, end);
        tag.remove_prefix(tag.rfind(':') == npos ? 0 : tag.rfind(':') + 1);  // the name space
        if (tag.empty()) continue;
        // <property name="password">SECRET
        if (const std::size_t named = find_folded(line.substr(at, longest_tag * 2), "name=\"");
            named != npos && (equals_folded(tag, "property") || equals_folded(tag, "param") ||
                              equals_folded(tag, "entry") || equals_folded(tag, "field"))) {
            const std::string_view name = line.substr(at + named + 6, longest_tag);
            if (is_secret_name(name.substr(0, name.find('"')))) return at;
        }
        if (is_secret_name(tag) || equals_folded(tag, "session-id") || equals_folded(tag, "key-string")) return at;
        // <community-config><name>SECRET
        if (!equals_folded(tag, "name")) continue;
        const std::size_t outer = at > 0 && line[at - 1] == '>' ? line.rfind('<', at - 1) : npos;
        if (outer != npos && find_folded(line.substr(outer, at - outer), "<community") == 0) return at;
    }
    return npos;
}

void find_elements(std::string_view line, RuleNumber rule, std::vector<SecretSpan>& spans) {
    for (std::size_t at = secret_element(line, 0); at != npos; at = secret_element(line, at + 1)) {
        const std::size_t opened = line.find('>', at);
        if (opened == npos || line[opened - 1] == '/') continue;
        const ElementText text = element_text(line, opened + 1, false);
        if (is_own_text(line, text))
            spans.push_back({text.begin, text.end, rule, SecretClass::password, Coding::xml, text.goes_on});
    }
    find_keys(line, rule, spans);
    find_quoted_elements(line, rule, spans);
}

}  // namespace formats
