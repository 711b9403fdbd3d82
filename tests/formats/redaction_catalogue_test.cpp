// Every row of the catalogue: its examples lose what stands between the marks and nothing else, and
// the lines that look alike come out unchanged.

#include <doctest/doctest.h>

#include "formats/redaction/redaction.hpp"
#include "formats/redaction/rules/catalogue.hpp"
#include "formats/redaction/secret/token.hpp"

namespace {

constexpr std::string_view opening = "«";
constexpr std::string_view closing = "»";

struct Marked {
    std::string line;                 // without the marks
    std::vector<std::string> pieces;  // what stays, in order
};

Marked read_marks(const std::string& example) {
    Marked marked;
    std::size_t at = 0;
    while (true) {
        const std::size_t begin = example.find(opening, at);
        marked.pieces.push_back(example.substr(at, begin == std::string::npos ? begin : begin - at));
        marked.line += marked.pieces.back();
        if (begin == std::string::npos) break;
        const std::size_t end = example.find(closing, begin);
        REQUIRE(end != std::string::npos);
        marked.line += example.substr(begin + opening.size(), end - begin - opening.size());
        at = end + closing.size();
    }
    return marked;
}

// Whether `text` is the pieces with one placeholder between each two.
bool is_redacted(std::string_view text, const std::vector<std::string>& pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) {
            const std::size_t length = formats::placeholder_length(text);
            if (length == 0) return false;
            text.remove_prefix(length);
        }
        if (text.substr(0, pieces[i].size()) != pieces[i]) return false;
        text.remove_prefix(pieces[i].size());
    }
    return text.empty();
}

std::string redact(const std::string& text) {
    const auto redaction = formats::Redaction::make({});
    REQUIRE(redaction);
    return (*redaction)->redact(text).str();
}

void check_rows(const std::string& name, const std::vector<std::string>& examples,
                const std::vector<std::string>& keeps) {
    CAPTURE(name);
    for (const std::string& example : examples) {
        CAPTURE(example);
        const Marked marked = read_marks(example);
        CHECK(marked.pieces.size() > 1);
        const std::string redacted = redact(marked.line);
        CAPTURE(redacted);
        CHECK(is_redacted(redacted, marked.pieces));
        CHECK(redact(redacted) == redacted);
    }
    for (const std::string& line : keeps) CHECK(redact(line) == line);
}

}  // namespace

TEST_CASE("a run has the same catalogue without its examples") {
    const auto whole = formats::Catalogue::built_in_with_examples();
    const auto used = formats::Catalogue::built_in();
    REQUIRE(whole);
    REQUIRE_MESSAGE(used, (used ? std::string() : used.error().message()));
    REQUIRE(used->forms.size() == whole->forms.size());
    for (std::size_t i = 0; i < used->forms.size(); ++i) {
        const formats::Form &one = used->forms[i], &other = whole->forms[i];
        CAPTURE(other.id);
        CHECK(one.name == other.name);
        CHECK(one.secret_class == other.secret_class);
        CHECK(one.elements.size() == other.elements.size());
        CHECK(one.tail.size() == other.tail.size());
        CHECK(one.triggers == other.triggers);
        CHECK(one.excluded.size() == other.excluded.size());
        CHECK(one.examples.empty());
        CHECK(one.keeps.empty());
        CHECK((!other.examples.empty() || !other.keeps.empty()));
    }
    CHECK(used->shapes.size() == whole->shapes.size());
    CHECK(used->common_words == whole->common_words);
    CHECK(used->line_starts == whole->line_starts);
}

TEST_CASE("every form of the catalogue replaces its secrets and leaves its look-alikes") {
    const auto catalogue = formats::Catalogue::built_in_with_examples();
    REQUIRE_MESSAGE(catalogue, (catalogue ? std::string() : catalogue.error().message()));
    REQUIRE(catalogue->forms.size() > 100);
    for (const formats::Form& form : catalogue->forms) check_rows(form.id + " " + form.name, form.examples, form.keeps);
}

TEST_CASE("every shape of the catalogue replaces its secrets and leaves its look-alikes") {
    const auto catalogue = formats::Catalogue::built_in_with_examples();
    REQUIRE(catalogue);
    for (const formats::ShapeForm& shape : catalogue->shapes)
        check_rows(shape.id + " " + shape.name, shape.examples, shape.keeps);
}
