#pragma once
// Secrets that are told by the lines before them: key bodies, dump rows, table columns.

#include <cstddef>
#include <string_view>
#include <vector>

#include "formats/redaction/line_words.hpp"
#include "formats/redaction/span.hpp"

namespace formats {

class BlockState {
 public:
    /// Whether every line must be shown to `line`, also one that no trigger is on.
    bool is_open() const { return false; }
    /// Whether the block is one in which a bare number after `key` is a secret.
    bool key_block() const { return key_block_; }
    void line(const LineWords& words, std::vector<SecretSpan>& spans);

 private:
    bool key_block_ = false;
};

}  // namespace formats
