// What stands at the end of any bytes: reading them never fails, does not depend on where reads are cut for what is
// finished, keeps to its limits, and nothing is asked for while something stands that an empty line could answer.
//
// Input: a byte of options, a byte for the size of a read, then what the device says; 0x1d: nothing comes for a while.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/transcript/last_words.hpp"
#include "formats/transcript/standing.hpp"

namespace {

using formats::Standing;

const std::vector<formats::Profile>& profiles() {
    static const auto loaded = *formats::load_profiles("");
    return loaded;
}

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2) return 0;
    std::vector<const formats::Profile*> dialects;
    for (const auto& profile : profiles()) dialects.push_back(&profile);
    if ((bytes[0] & 1U) != 0) dialects = {dialects[(bytes[0] >> 2U) % dialects.size()]};
    const bool types = (bytes[0] & 2U) != 0;
    const std::size_t read_size = 1U + bytes[1];
    std::string_view said(reinterpret_cast<const char*>(bytes) + 2, size - 2);

    Standing standing(dialects);
    Standing::Time now{};
    bool has_typed = false;
    while (!said.empty()) {
        now += std::chrono::milliseconds{1};
        if (said.front() == '\x1d') {
            said.remove_prefix(1);
            now += std::chrono::seconds{2};
            standing.stay_quiet(now);
        } else {
            const std::size_t read = std::min({said.find('\x1d'), said.size(), read_size});
            const std::string lines = standing.hear(said.substr(0, read), now);
            require(lines.empty() || lines.back() == '\n' || lines.size() >= formats::TerminalText::longest_line);
            said.remove_prefix(read);
        }
        const auto stand = standing.stand();
        require(!stand.is_settled || (stand.kind != Standing::Kind::text && stand.kind != Standing::Kind::nothing &&
                                      stand.kind != Standing::Kind::log_line));
        require(stand.kind != Standing::Kind::prompt || (stand.dialect != nullptr && !stand.prompt.name.empty()));
        require(!standing.is_prompt_wanted() || standing.is_nothing_asked());
        require(standing.went_on() <= now);
        require(standing.last_words().size() <= 5);
        (void)formats::farewell_of(standing.last_words(), standing.dialects());
        if (const auto next = standing.looks_again(); next && !standing.is_prompt_wanted())
            require(*next + std::chrono::hours{1} > now);
        if (types && !has_typed && stand.is_settled && stand.kind == Standing::Kind::prompt) {
            has_typed = true;
            standing.learn(stand);
            standing.take();
            standing.type("show clock", Standing::Echo::awaited);
            standing.expect_prompt();
        }
    }
    return 0;
}
