#include "formats/redaction/block_state.hpp"

#include "formats/redaction/text_class.hpp"

namespace formats {

void BlockState::line(const LineWords& words, std::vector<SecretSpan>&) {
    if (words.size() > 1 && equals_folded(words.word(0), "aaa-server")) key_block_ = true;
    if (words.size() > 1 && equals_folded(words.word(0), "key") && equals_folded(words.word(1), "chain")) key_block_ = false;
}

}  // namespace formats
