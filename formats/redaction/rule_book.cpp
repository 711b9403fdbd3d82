#include "formats/redaction/rule_book.hpp"

#include <algorithm>

#include "formats/redaction/block_state.hpp"
#include "formats/redaction/shape_matcher.hpp"
#include "formats/redaction/user_patterns.hpp"

namespace formats {

namespace {

// The longest word that every line of the form has.
std::vector<Trigger> form_triggers(const Form& form) {
    std::vector<Trigger> triggers;
    for (const std::string& text : form.triggers) triggers.push_back({text, true, false});
    if (!triggers.empty()) return triggers;
    const FormElement* best = nullptr;
    std::size_t best_length = 0;
    for (std::size_t i = 0; i < form.elements.size(); ++i) {
        const FormElement& element = form.elements[i];
        if (element.part == FormPart::group) {
            i += element.length;
            continue;
        }
        if (element.part != FormPart::literal) continue;
        std::size_t shortest = element.words.front().shortest;
        for (const FormWord& word : element.words) shortest = std::min(shortest, word.shortest);
        if (shortest > best_length) {
            best = &element;
            best_length = shortest;
        }
    }
    for (const FormWord& word : best->words)
        triggers.push_back({word.text.substr(0, word.shortest), true, word.shortest == word.text.size()});
    return triggers;
}

}  // namespace

RuleBook::RuleBook() = default;
RuleBook::~RuleBook() = default;

Result<std::unique_ptr<RuleBook>> RuleBook::make(const RedactionSettings& settings) {
    auto catalogue = Catalogue::built_in();
    if (!catalogue) return catalogue.error();
    auto patterns = UserPatterns::make(settings.patterns);
    if (!patterns) return patterns.error();

    std::unique_ptr<RuleBook> book(new RuleBook);
    book->catalogue_ = std::move(*catalogue);
    book->patterns_ = std::move(*patterns);
    book->every_line_ = !book->patterns_->empty();
    std::vector<Trigger> triggers = shape_triggers();
    for (Trigger& trigger : block_triggers()) triggers.push_back(std::move(trigger));
    for (const Form& form : book->catalogue_.forms) {
        book->names_.push_back(form.name);
        for (Trigger& trigger : form_triggers(form)) triggers.push_back(std::move(trigger));
    }
    for (const ShapeForm& shape : book->catalogue_.shapes) book->names_.push_back(shape.name);
    for (const char* name : {"learned", "word", "pattern"}) book->names_.emplace_back(name);
    book->matcher_ = std::make_unique<FormMatcher>(book->catalogue_.forms);
    book->shapes_ = std::make_unique<ShapeMatcher>(*book);
    book->filter_ = std::make_unique<TriggerFilter>(std::move(triggers));
    return book;
}

bool RuleBook::starts_own_line(std::string_view line) const {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r\n"));
    return std::binary_search(catalogue_.line_starts.begin(), catalogue_.line_starts.end(), word, std::less<>());
}

RuleNumber RuleBook::number(std::string_view name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    return static_cast<RuleNumber>(at - names_.begin());
}

}  // namespace formats
