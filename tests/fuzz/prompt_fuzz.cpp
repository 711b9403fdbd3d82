// Prompt matching: whatever is called a prompt is short, is one line, and holds no blank inside its name.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/platform/prompt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    formats::Profile::Prompt prompt;
    prompt.name_characters = "-._/@";
    prompt.priorities = {"/act", "/stby"};
    const std::string_view line(reinterpret_cast<const char*>(bytes), size);
    if (const auto match = formats::match_prompt(prompt, line)) {
        if (match->name.empty() || match->name.size() > prompt.longest) std::abort();
        if (match->name.find_first_of(" \r\n#>()") != std::string::npos) std::abort();
        if (!formats::is_same_prompt_name(prompt, match->name, match->name)) std::abort();
    }
    return 0;
}
