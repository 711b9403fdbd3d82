#pragma once
// The catalogue's rows against the words of a line. Rows are looked up by their first word; each is
// tried at most once a word and looks at a bounded number of words, so a line costs time linear in
// its length.

#include <array>
#include <string_view>
#include <vector>

#include "formats/redaction/rules/catalogue.hpp"
#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

class FormMatcher {
 public:
    /// Rule numbers are positions in `forms`. The forms must outlive the matcher.
    explicit FormMatcher(const std::vector<Form>& forms);

    /// Appends the secrets of the line. `key_block`: whether the lines before opened a block in
    /// which a bare `key 4711` is a secret and not the number of a key. Returns whether a row was
    /// still waiting for words when the line ended: what follows beyond the end of `words` may be
    /// its secret. `left`, when it is not null, gets what was refused.
    bool find(const LineWords& words, bool key_block, std::vector<SecretSpan>& spans,
              std::vector<LeftText>* left = nullptr) const;

    /// Whether a row has this word, or one that it may stand for, anywhere.
    bool is_keyword(std::string_view word) const;

 private:
    struct Result {
        bool open = false;     ///< a row was waiting for words
        bool matched = false;  ///< a row matched, also one whose secret has been replaced before
    };
    Result find(const LineWords& words, bool key_block, bool typed, std::vector<SecretSpan>& spans,
                std::vector<LeftText>* left) const;

    struct Head {
        FormWord word;
        std::vector<RuleNumber> forms;
    };
    static std::size_t slot(std::string_view word);

    struct BySlot;

    const std::vector<Form>* forms_;
    std::vector<FormWord> keywords_;                 ///< of all rows, sorted by slot
    std::vector<Head> heads_;                        ///< sorted by slot
    std::array<std::uint16_t, 1025> slot_begins_{};  ///< by the first two letters: where in them
};

}  // namespace formats
