// Any text as what came out of a first reading: the second one changes no line break, and reading its own result finds
// nothing.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/scan/second_reading.hpp"

namespace {

const formats::RuleBook& rules() {
    static const auto book = formats::RuleBook::make({});
    if (!book) std::abort();
    return **book;
}

// Writes the placeholder of one token for every secret, and counts them.
class Placeholders : public formats::ScannedText {
 public:
    void plain(std::string_view) override {}
    void with_secrets(std::string_view, const std::vector<formats::FoundSecret>&) override {}
    std::string replaced(std::string_view raw, const std::vector<formats::FoundSecret>& secrets) override {
        std::string line;
        std::size_t at = 0;
        for (const formats::FoundSecret& secret : secrets) {
            if (secret.begin < at || secret.end > raw.size()) std::abort();
            line.append(raw.substr(at, secret.begin - at)).append("[REDACTED:key:0123456789ab]");
            for (const char c : raw.substr(secret.begin, secret.end - secret.begin))
                if (c == '\n') line.push_back(c);
            at = secret.end;
            // As the rewriter: backspaces behind it would take the placeholder off the screen.
            const std::size_t erased = raw.find_first_not_of("\b\x7f", at);
            if (at < raw.size() && erased != at) {
                line.push_back('\r');
                at = std::min(erased, raw.size());
            }
            ++count;
        }
        return line.append(raw.substr(at));
    }
    void blanked(std::string_view) override {}

    std::size_t count = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    formats::LearnedSecrets learned(rules().common_words());
    learned.learn("CANARY-learned-1", formats::SecretClass::psk, formats::LiteralSource::credential);
    formats::SecondReading reading(rules(), learned), again(rules(), learned);
    Placeholders out, none;
    const formats::BlockState& start = rules().no_block();
    const std::string read = reading.read(text, start, start, out);
    if (std::count(read.begin(), read.end(), '\n') != std::count(text.begin(), text.end(), '\n')) std::abort();
    if (out.count == 0 && read != text) std::abort();
    if (again.read(read, start, start, none) != read || none.count != 0) std::abort();
    return 0;
}
