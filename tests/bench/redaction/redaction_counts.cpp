// What the parts of the rule of learning buy, and how often the second reading changes a line. Run by hand.
//
//   redaction_counts FILE...     texts, read as one stream
//
// For each part: how many values that rules found are not learned because of it, and how many lines, other than those
// on which a rule finds the value, have it as it stands and would lose it.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/scan/line_scanner.hpp"
#include "formats/redaction/scan/second_reading.hpp"

namespace {

// One placeholder for all.
class Placeholders : public formats::ScannedText {
 public:
    void plain(std::string_view) override {}
    void with_secrets(std::string_view, const std::vector<formats::FoundSecret>&) override {}
    void blanked(std::string_view) override {}
    std::string replaced(std::string_view raw, const std::vector<formats::FoundSecret>& secrets) override {
        std::string line;
        std::size_t at = 0;
        for (const formats::FoundSecret& secret : secrets) {
            line.append(raw.substr(at, secret.begin - at)).append("[REDACTED:key:0123456789ab]");
            for (const char c : raw.substr(secret.begin, secret.end - secret.begin))
                if (c == '\n') line.push_back(c);
            at = secret.end;
        }
        return line.append(raw.substr(at));
    }
};

struct Part {
    std::string name;
    std::vector<std::string> values;
};

// Why the value is not learned: a number of `parts`, 0 when it is.
std::size_t part_of(const std::string& value, formats::LearnedSecrets& fresh) {
    constexpr std::size_t least = 8;
    if (value.size() < least) return 1;
    if (const formats::Ordinary form = formats::ordinary_form(value); form != formats::Ordinary::no)
        return 1 + static_cast<std::size_t>(form);
    return fresh.learn(value, formats::SecretClass::psk, formats::LiteralSource::rule) ? 0 : 8;
}

}  // namespace

int main(int argc, char** argv) {
    std::string text;
    for (int i = 1; i < argc; ++i) {
        std::ifstream in(argv[i], std::ios::binary);
        text.append((std::istreambuf_iterator<char>(in)), {});
    }
    const auto rules = formats::RuleBook::make({});
    if (!rules || text.empty()) return 1;
    formats::LearnedSecrets learned((*rules)->common_words());
    formats::LineScanner scanner(**rules, learned, true);
    formats::SecondReading again(**rules, learned);
    Placeholders out;
    std::map<std::string, std::vector<std::size_t>> found;  // value -> lines
    std::size_t lines = 0, with_secrets = 0, read_again = 0, changed = 0;
    for (std::size_t at = 0; at < text.size();) {
        // As a stream is cut, so that the map stays small.
        std::size_t end = std::min(text.size(), at + formats::longest_held_line);
        if (end < text.size()) end = text.rfind('\n', end) + 1;
        if (end <= at) return 1;
        const std::string_view some = std::string_view(text).substr(at, end - at);
        formats::ByteMap map;
        map.assign(some);
        const formats::MappedText mapped{some, map};
        for (std::size_t begin = 0, last_line = 0; begin < some.size();) {
            const std::size_t stop = std::min(formats::LineCutter::line_end(mapped, begin, last_line), some.size());
            scanner.hold_literals();
            const bool any = scanner.scan(mapped, begin, stop, false);
            scanner.release_literals();
            if (any) {
                ++with_secrets;
                for (const formats::FoundSecret& secret : scanner.found())
                    if (secret.learn && secret.rule != (*rules)->learned()) found[secret.value].push_back(lines);
                if (!scanner.takes_words_alone()) {
                    ++read_again;
                    const std::string first = out.replaced(some.substr(begin, stop - begin), scanner.found());
                    changed += again.read(first, scanner.blocks_before(), scanner.blocks(), out) != first ? 1 : 0;
                }
            }
            lines += static_cast<std::size_t>(std::count(some.begin() + static_cast<std::ptrdiff_t>(begin),
                                                         some.begin() + static_cast<std::ptrdiff_t>(stop), '\n'));
            begin = stop;
        }
        at = end;
    }

    std::array<Part, 9> parts = {{{"learned", {}},
                                  {"shorter than 8", {}},
                                  {"few characters", {}},
                                  {"a status", {}},
                                  {"prose", {}},
                                  {"a name of two words", {}},
                                  {"a plain word", {}},
                                  {"three words or fewer", {}},
                                  {"common", {}}}};
    formats::LearnedSecrets fresh((*rules)->common_words());
    for (const auto& [value, where] : found) parts[part_of(value, fresh)].values.push_back(value);
    std::printf("%zu lines, %zu with secrets, %zu of them read again, %zu changed by that\n", lines, with_secrets,
                read_again, changed);
    std::printf("%-22s %8s %12s\n", "", "values", "other lines");
    for (const Part& part : parts) {
        std::size_t spared = 0;
        for (const std::string& value : part.values) {
            const std::vector<std::size_t>& own = found[value];
            std::size_t line = 0, counted = 0, last = lines + 1;
            for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + value.size())) {
                line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                            text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
                counted = at;
                if (line != last && !std::binary_search(own.begin(), own.end(), line)) ++spared;
                last = line;
            }
        }
        std::printf("%-22s %8zu %12zu\n", part.name.c_str(), part.values.size(), spared);
    }
    return 0;
}
