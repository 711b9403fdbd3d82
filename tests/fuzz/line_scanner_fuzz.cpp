// Any text searched line by line: what is found lies in its line, sorted and not overlapping, has a value, and is found
// again by a scanner that has the same state and knows the same literals.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/scan/line_scanner.hpp"

namespace {

const formats::RuleBook& rules() {
    static const auto book = formats::RuleBook::make({});
    if (!book) std::abort();
    return **book;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    formats::ByteMap map;
    map.assign(text);
    const formats::MappedText mapped{text, map};
    formats::LearnedSecrets learned(rules().common_words());
    formats::LineScanner scanner(rules(), learned, true), again(rules(), learned, false);
    scanner.hold_literals();
    for (std::size_t begin = 0, last_line = 0; begin < text.size();) {
        const std::size_t end = std::min(formats::LineCutter::line_end(mapped, begin, last_line), text.size());
        const std::size_t known = learned.size();
        const bool found = scanner.scan(mapped, begin, end, false);
        if (found == scanner.found().empty()) std::abort();
        std::size_t at = 0;
        for (const formats::FoundSecret& secret : scanner.found()) {
            if (secret.begin < at || secret.end <= secret.begin || secret.end > end - begin) std::abort();
            if (secret.value.empty() || secret.rule >= rules().rules()) std::abort();
            at = secret.end;
        }
        // The state before it may hold a key that goes on from the line before, which only the first reader has seen.
        if (learned.size() == known && found) {
            again.hold_literals();
            again.set_blocks(scanner.blocks_before());
            const bool same = again.scan(mapped, begin, end, false);
            again.release_literals();
            if (same && !(again.blocks() == scanner.blocks())) std::abort();
        }
        begin = end;
    }
    scanner.release_literals();
    return 0;
}
