#include "formats/platform/prompt.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using formats::match_prompt;
using Mode = formats::PromptMatch::Mode;

namespace {

formats::Profile::Prompt pix_prompt() {
    formats::Profile::Prompt prompt;
    prompt.name_characters = "-._/@";
    prompt.trailing_spaces = 2;
    prompt.leading_cr = true;
    prompt.priorities = {"/act", "/stby"};
    return prompt;
}

struct Good {
    std::string line, name;
    Mode mode;
};
const std::vector<Good> good{
    {"pixfirewall> ", "pixfirewall", Mode::user},
    {"fw-a# ", "fw-a", Mode::enabled},
    {"fw/pri/act# ", "fw/pri/act", Mode::enabled},
    {"fw/ctx1/pri/act(config)# ", "fw/ctx1/pri/act", Mode::configuration},
    {"fw(config-tunnel-ipsec)# ", "fw", Mode::configuration},
    {"pix-501#  ", "pix-501", Mode::enabled},
    {"fw#", "fw", Mode::enabled},
};
const std::vector<std::string> bad{
    "",
    "   ",
    "#### authorised ####",
    "banner motd fw-a# ",
    "fw-a#    ",
    "> ",
    "# ",
    "fw a# ",
    "fw#x",
    "fw##",
    "fw#> ",
    "-fw# ",
    "fw)# ",
    "fw(# ",
    "fw(a b)# ",
    "f(a)(b)# ",
    std::string(64, 'a') + "# ",
};

}  // namespace

TEST_CASE("prompts of PIX and ASA are recognised, with name and mode") {
    for (const Good& row : good) {
        CAPTURE(row.line);
        const auto match = match_prompt(pix_prompt(), row.line);
        REQUIRE(match);
        CHECK(match->name == row.name);
        CHECK(match->mode == row.mode);
    }
}

TEST_CASE("lines that only look like a prompt are not one") {
    for (const std::string& line : bad) {
        CAPTURE(line);
        CHECK_FALSE(match_prompt(pix_prompt(), line));
    }
}

TEST_CASE("a failover switch changes the prompt but not the device") {
    CHECK(is_same_prompt_name(pix_prompt(), "fw/pri/act", "fw/pri/stby"));
    CHECK_FALSE(is_same_prompt_name(pix_prompt(), "fw/pri/act", "other/pri/act"));
    CHECK_FALSE(is_same_prompt_name(pix_prompt(), "fw", "fw2"));
}
