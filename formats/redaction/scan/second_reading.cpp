#include "formats/redaction/scan/second_reading.hpp"

#include <algorithm>

namespace formats {

std::string SecondReading::read(std::string text, const BlockState& first_before, const BlockState& first_after,
                                ScannedText& out) {
    // Each round replaces something; two are many. What does not come to rest is taken whole.
    constexpr int most_rounds = 8;
    const BlockState before = came_out_differently_ ? scanner_.blocks() : first_before;
    scanner_.hold_literals();
    bool more = true;
    for (int round = 0; more && round < most_rounds; ++round) {
        scanner_.set_blocks(before);
        text = read_once(text, more, out);
    }
    if (more) {
        FoundSecret whole = last_;
        whole.begin = 0;
        whole.end = without_line_break(text).size();
        whole.undelimited = true;
        text = out.replaced(text, {whole});
        scanner_.set_blocks(before);
        text = read_once(text, more, out);
    }
    scanner_.release_literals();
    came_out_differently_ = !(scanner_.blocks() == first_after);
    return text;
}

// The logical lines of the text, which is complete; whether anything was found in them.
std::string SecondReading::read_once(std::string_view text, bool& found, ScannedText& out) {
    std::string read;
    found = false;
    map_.assign(text);
    const MappedText mapped{text, map_};
    for (std::size_t begin = 0, last_line = 0; begin < text.size();) {
        const std::size_t end = std::min(LineCutter::line_end(mapped, begin, last_line), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        if (scanner_.scan(mapped, begin, end, false)) {
            found = true;
            read += out.replaced(line, scanner_.found());
            last_ = scanner_.found().front();
        } else {
            read += line;
        }
        begin = end;
    }
    return read;
}

}  // namespace formats
