#pragma once
// What came out, read again until nothing is found in it.
//
// A placeholder has other words beside it than the secret had, takes a word that opened or closed a block away, or ends
// a wrap; so a line with secrets is read again as it came out. The second reading has the state of the blocks that a
// reader of the output has, line after line; the first one keeps that of the input, since a block whose first line was
// replaced is still one. By induction over the lines a second pass starts each with the state the second reading had
// here and with no more literals, and so finds nothing. Only the lines with secrets, and those for which the two states
// differ, are read twice. Parts of an overlong line are read like lines, but a second pass cuts it elsewhere: what
// depends on the cut may differ.

#include <string>
#include <string_view>

#include "formats/redaction/scan/line_scanner.hpp"
#include "formats/redaction/scan/scanned_text.hpp"

namespace formats {

class SecondReading {
 public:
    SecondReading(const RuleBook& rules, LearnedSecrets& learned) : scanner_(rules, learned, false) {}

    /// The text in which secrets were replaced, or of which this reading has to know, without what it finds itself.
    /// `before` and `after`: the state of the first reading.
    std::string read(std::string text, const BlockState& before, const BlockState& after, ScannedText& out);
    /// Whether this reading has another state of the blocks than the first one: then it has to know of every line.
    bool came_out_differently() const { return came_out_differently_; }
    void forget() { came_out_differently_ = false; }

 private:
    std::string read_once(std::string_view text, bool& found, ScannedText& out);

    LineScanner scanner_;
    ByteMap map_;
    FoundSecret last_{};
    bool came_out_differently_ = false;
};

}  // namespace formats
