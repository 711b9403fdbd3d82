#include "formats/redaction/rules/rule_book.hpp"

#include <algorithm>
#include <array>

#include "formats/redaction/rules/block_state.hpp"
#include "formats/redaction/rules/shape_matcher.hpp"
#include "formats/redaction/rules/user_patterns.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

// Words that are on many lines without a secret: bad triggers, unless another word follows.
bool is_frequent(std::string_view word) {
    constexpr std::array<std::string_view, 12> frequent = {"authentication", "group",    "version", "encryption",
                                                           "community",      "host",     "user",    "key",
                                                           "neighbor",       "failover", "snmp",    "model:"};
    return std::find(frequent.begin(), frequent.end(), word) != frequent.end();
}

std::size_t shortest_of(const FormElement& element) {
    std::size_t shortest = element.words.front().shortest;
    for (const FormWord& word : element.words) shortest = std::min(shortest, word.shortest);
    return shortest;
}

// Of the words that every line of the form has, the one that tells most, with the word that must
// follow it.
std::vector<Trigger> form_triggers(const Form& form) {
    std::vector<Trigger> triggers;
    for (const std::string& text : form.triggers) triggers.push_back({text, for_forms, true});
    if (!triggers.empty()) return triggers;
    const auto is_literal = [&](std::size_t i) {
        return i < form.elements.size() && form.elements[i].part == FormPart::literal;
    };
    std::size_t best = 0, best_score = 0;
    for (std::size_t i = 0; i < form.elements.size(); ++i) {
        if (form.elements[i].part == FormPart::group)
            i += form.elements[i].length;
        else if (is_literal(i)) {
            const std::size_t own =
                is_frequent(form.elements[i].words.front().text) ? 1 : shortest_of(form.elements[i]);
            const std::size_t score = own + (is_literal(i + 1) ? shortest_of(form.elements[i + 1]) + 2 : 0);
            if (score >= best_score) {
                best = i;
                best_score = score;
            }
        }
    }
    std::vector<std::string> next;
    if (is_literal(best + 1))
        for (const FormWord& word : form.elements[best + 1].words) next.push_back(word.text.substr(0, word.shortest));
    for (const FormWord& word : form.elements[best].words) {
        if (is_letter(word.text.front())) {
            triggers.push_back({word.text.substr(0, word.shortest), for_forms, true, word.text, next});
            continue;
        }
        // "--->": the filter looks at words, so the word that follows it stands for it.
        for (const FormWord& follows : form.elements[best + 1].words)
            triggers.push_back({follows.text.substr(0, follows.shortest), for_forms, true, follows.text, {}});
    }
    return triggers;
}

std::vector<Trigger> all_triggers(const Catalogue& catalogue) {
    std::vector<Trigger> triggers = shape_triggers();
    for (Trigger& trigger : block_triggers()) triggers.push_back(std::move(trigger));
    for (const Form& form : catalogue.forms)
        for (Trigger& trigger : form_triggers(form)) triggers.push_back(std::move(trigger));
    return triggers;
}

}  // namespace

RuleBook::RuleBook() = default;
RuleBook::~RuleBook() = default;

Result<std::unique_ptr<RuleBook>> RuleBook::make(const RedactionSettings& settings) {
    static const Result<Catalogue> catalogue = Catalogue::built_in();
    if (!catalogue) return catalogue.error();
    auto patterns = UserPatterns::make(settings.patterns);
    if (!patterns) return patterns.error();

    std::unique_ptr<RuleBook> book(new RuleBook);
    book->catalogue_ = &*catalogue;
    book->patterns_ = std::move(*patterns);
    for (const Form& form : book->catalogue_->forms) book->names_.push_back(form.name);
    for (const ShapeForm& shape : book->catalogue_->shapes) book->names_.push_back(shape.name);
    for (const char* name : {"learned", "word", "pattern", "-"}) book->names_.emplace_back(name);
    book->learned_ = book->number("learned");
    book->word_ = book->number("word");
    book->pattern_ = book->number("pattern");
    book->unmatched_ = book->number("-");
    book->matcher_ = std::make_unique<FormMatcher>(book->catalogue_->forms);
    book->shapes_ = std::make_unique<ShapeMatcher>(*book);
    book->no_block_ = std::make_unique<const BlockState>(*book);
    static const TriggerFilter filter(all_triggers(*catalogue));
    book->filter_ = &filter;
    return book;
}

std::vector<std::string> RuleBook::common_words() const {
    std::vector<std::string> words = catalogue_->common_words;
    const auto add = [&](const std::vector<FormElement>& elements) {
        for (const FormElement& element : elements)
            for (const FormWord& word : element.words) words.push_back(word.text);
    };
    for (const Form& form : catalogue_->forms) {
        add(form.elements);
        for (const auto& tail : form.tail) add(tail);
    }
    words.insert(words.end(), catalogue_->line_starts.begin(), catalogue_->line_starts.end());
    return words;
}

bool RuleBook::starts_own_line(std::string_view line) const {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r\n"));
    return std::binary_search(catalogue_->line_starts.begin(), catalogue_->line_starts.end(), word, std::less<>());
}

RuleNumber RuleBook::number(std::string_view name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    return static_cast<RuleNumber>(at - names_.begin());
}

}  // namespace formats
