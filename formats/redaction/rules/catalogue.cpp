#include "formats/redaction/rules/catalogue.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <optional>

namespace formats {

namespace {

std::optional<SecretClass> class_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(SecretClass::custom); ++i)
        if (name_of(static_cast<SecretClass>(i)) == name) return static_cast<SecretClass>(i);
    return std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t at = std::min(text.find(separator), text.size());
        if (at > 0) pieces.push_back(text.substr(0, at));
        text.remove_prefix(std::min(at + 1, text.size()));
    }
    return pieces;
}

std::vector<FormWord> alternatives(std::string_view text) {
    std::vector<FormWord> words;
    for (const std::string_view piece : split(text, '|')) {
        FormWord word{"", 0};
        for (const char c : piece) {
            if (c == '*' && !word.text.empty() && word.shortest == 0)
                word.shortest = word.text.size();
            else if (c == '@')
                word.before_address = true;
            else
                word.text.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
        }
        if (word.shortest == 0) word.shortest = word.text.size();
        words.push_back(std::move(word));
    }
    return words;
}

FormElement element(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, FormPart>, 7> named = {{{"WORD", FormPart::any},
                                                                             {"NUM", FormPart::number},
                                                                             {"ADDR", FormPart::address},
                                                                             {"IF", FormPart::interface},
                                                                             {"TYPE", FormPart::type},
                                                                             {"SECRET-NAME", FormPart::secret_name},
                                                                             {"...", FormPart::skip}}};
    for (const auto& [name, part] : named)
        if (text == name) return {part};
    return {FormPart::literal, alternatives(text)};
}

// Returns what is wrong, empty when nothing is.
std::string compile(std::string_view line, std::vector<FormElement>& elements) {
    constexpr std::size_t none = 0;
    std::size_t group = none;  // 1 + the place of the open one
    bool until = false;
    for (std::string_view word : split(line, ' ')) {
        if (until) {
            if (word.back() != '>') return "<until> without >";
            elements.push_back({FormPart::secret_until, alternatives(word.substr(0, word.size() - 1))});
            until = false;
            continue;
        }
        if (word == "<until") {
            until = true;
            continue;
        }
        if (word.front() == '[') {
            if (group != none) return "a group inside a group";
            elements.push_back({FormPart::group});
            group = elements.size();
            word.remove_prefix(1);
        }
        const bool ends = !word.empty() && word.back() == ']';
        if (ends) word.remove_suffix(1);
        const bool optional = word.size() > 1 && word.back() == '?';
        if (optional) {
            if (group != none) return "? inside a group";
            word.remove_suffix(1);
            elements.push_back({FormPart::group, {}, 1});
        }
        if (word == "<word>")
            elements.push_back({FormPart::secret_word});
        else if (word == "<hex>")
            elements.push_back({FormPart::secret_hex});
        else if (word == "<quoted>")
            elements.push_back({FormPart::secret_quoted});
        else if (word == "<user>")
            elements.push_back({FormPart::secret_behind, {{":", 1}}});
        else if (word.size() > 6 && word.substr(0, 6) == "<flag-")
            elements.push_back({FormPart::secret_behind, {{std::string(word.substr(5, word.size() - 6)), 2}}});
        else if (word == "<argument>")
            elements.push_back({FormPart::secret_behind, {{"=", 1}}});
        else if (word == "<rest>")
            elements.push_back({FormPart::secret_rest});
        else if (!word.empty())
            elements.push_back(element(word));
        if (ends) {
            if (group == none) return "] without [";
            elements[group - 1].length = elements.size() - group;
            group = none;
        }
    }
    if (group != none || until) return "[ or <until is not closed";
    return {};
}

// A list of strings, or one.
std::vector<std::string> strings(const toml::table& row, std::string_view key) {
    std::vector<std::string> found;
    if (const auto text = row[key].value<std::string>()) found.push_back(*text);
    if (const auto* list = row[key].as_array())
        for (const auto& item : *list)
            if (const auto text = item.value<std::string>()) found.push_back(*text);
    return found;
}

constexpr std::array<std::string_view, 14> form_keys = {"id",      "name",    "platform", "line",  "class",
                                                        "at",      "numbers", "not",      "value", "tail",
                                                        "trigger", "example", "keep",     "learn"};
constexpr std::array<std::string_view, 5> shape_keys = {"id", "name", "class", "example", "keep"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_word_of(std::string_view word, std::string_view list) {
    const std::vector<std::string_view> words = split(list, ' ');
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether the word before the first secret is a label: "password:".
bool ends_with_label(const std::vector<FormElement>& elements) {
    const FormElement* before = nullptr;
    for (const FormElement& element : elements) {
        if (element.part >= FormPart::secret_word) break;
        if (element.part == FormPart::literal) before = &element;
    }
    return before != nullptr && before->words.front().text.back() == ':';
}

Result<Form> read_form(const toml::table& row) {
    Form form;
    form.id = row["id"].value_or(std::string());
    form.name = row["name"].value_or(std::string());
    form.platform = row["platform"].value_or(std::string());
    const auto fail = [&](const std::string& why) {
        return Error{ErrorKind::internal, "redaction catalogue, form " + form.id + " " + form.name, why, {}};
    };
    const auto class_name = row["class"].value_or(std::string_view());
    const bool guard = class_name == "none";
    const auto secret_class = guard ? SecretClass::custom : class_named(class_name);
    if (form.name.empty() || !secret_class) return fail("no name or no such class");
    form.secret_class = *secret_class;
    for (const auto& [key, node] : row)
        if (!is_one_of(key.str(), form_keys)) return fail("no such key: " + std::string(key.str()));
    for (const auto& [key, values] : {std::pair{"at", std::string_view("start submode indented")},
                                      {"numbers", "name-keys"},
                                      {"value", "hex long-hex colon-hex key-like no-status"}})
        if (const auto text = row[key].value<std::string>(); row.contains(key) && (!text || !is_word_of(*text, values)))
            return fail(std::string("no such value of `") + key + "`");
    if (const std::string wrong = compile(row["line"].value_or(std::string_view()), form.elements); !wrong.empty())
        return fail(wrong);
    if (form.elements.empty() || form.elements.front().part != FormPart::literal)
        return fail("a line starts with a word");
    const auto is_secret = [](const FormElement& e) { return e.part >= FormPart::secret_word; };
    if (!guard && std::none_of(form.elements.begin(), form.elements.end(), is_secret)) return fail("no secret in it");
    const auto at = row["at"].value_or(std::string_view());
    form.indented = at == "indented";
    form.submode = form.indented || at == "submode";
    form.at_start = form.submode || at == "start";
    form.numbers_name_keys = row["numbers"].value_or(std::string_view()) == "name-keys";
    const auto value = row["value"].value_or(std::string_view());
    form.value = value == "hex"         ? ValueShape::hex
                 : value == "long-hex"  ? ValueShape::long_hex
                 : value == "colon-hex" ? ValueShape::colon_hex
                 : value == "key-like"  ? ValueShape::key_like
                                        : ValueShape::any;
    // A bare line of a sub-mode and a label have the words of prose before the secret.
    form.never_status = form.submode || value == "no-status" || ends_with_label(form.elements);
    form.learn = row["learn"].value_or(true);
    for (const std::string& text : strings(row, "tail")) {
        std::vector<FormElement> tail;
        if (const std::string wrong = compile(text, tail); !wrong.empty()) return fail(wrong);
        form.tail.push_back(std::move(tail));
    }
    for (const std::string& text : strings(row, "not")) form.excluded.push_back(element(text));
    form.triggers = strings(row, "trigger");
    form.examples = strings(row, "example");
    form.keeps = strings(row, "keep");
    return form;
}

}  // namespace

Result<Catalogue> Catalogue::parse(std::string_view text) {
    Catalogue catalogue;
    try {
        const toml::table root = toml::parse(text);
        if (const auto* rows = root["form"].as_array())
            for (const auto& node : *rows) {
                if (!node.is_table()) continue;
                auto form = read_form(*node.as_table());
                if (!form) return form.error();
                catalogue.forms.push_back(std::move(*form));
            }
        if (const auto* rows = root["shape"].as_array())
            for (const auto& node : *rows) {
                if (!node.is_table()) continue;
                const toml::table& row = *node.as_table();
                const auto secret_class = class_named(row["class"].value_or(std::string_view()));
                ShapeForm shape{row["id"].value_or(std::string()), row["name"].value_or(std::string()),
                                secret_class.value_or(SecretClass::custom), strings(row, "example"),
                                strings(row, "keep")};
                for (const auto& [key, value] : row)
                    if (!is_one_of(key.str(), shape_keys))
                        return Error{ErrorKind::internal,
                                     "redaction catalogue, shape " + shape.id,
                                     "no such key: " + std::string(key.str()),
                                     {}};
                if (shape.name.empty() || !secret_class)
                    return Error{ErrorKind::internal, "redaction catalogue, shape " + shape.id, "no name or class", {}};
                catalogue.shapes.push_back(std::move(shape));
            }
        catalogue.common_words = strings(root, "common");
        catalogue.line_starts = strings(root, "line_starts");
        std::sort(catalogue.line_starts.begin(), catalogue.line_starts.end());
    } catch (const toml::parse_error& error) {
        return Error{ErrorKind::internal,
                     "redaction catalogue, line " + std::to_string(error.source().begin.line),
                     std::string(error.description()),
                     {}};
    }
    return catalogue;
}

}  // namespace formats
