// Terminal text: any bytes, any chunking; the lines are the same and memory is bounded.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/text/terminal_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    formats::TerminalText whole, pieces;
    std::string whole_lines, piece_lines;
    whole.feed(text, whole_lines);
    for (const char c : text) pieces.feed(std::string_view(&c, 1), piece_lines);
    if (whole_lines != piece_lines || whole.tail() != pieces.tail()) std::abort();
    if (whole.tail().size() > formats::TerminalText::longest_line) std::abort();
    if (whole_lines.size() > size) std::abort();
    return 0;
}
