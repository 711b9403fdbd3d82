#include "collector/system/command_words.hpp"

#include <doctest/doctest.h>

using collector::command_words;

TEST_CASE("a command line is split as a shell would, and nothing is expanded") {
    struct Row {
        std::string line;
        std::vector<std::string> words;
    };
    const std::vector<Row> rows{
        {"pass show vpn/hq", {"pass", "show", "vpn/hq"}},
        {"  a \t b  ", {"a", "b"}},
        {"a 'b c' d", {"a", "b c", "d"}},
        {R"(a "b \"c\" \\ \n")", {"a", R"(b "c" \ \n)"}},
        {R"(a\ b c\'d)", {"a b", "c'd"}},
        {R"(a '\' b)", {"a", "\\", "b"}},
        {"a ''", {"a", ""}},
        {"x'y'\"z\"", {"xyz"}},
        {"echo $HOME *.txt `id` | cat; true", {"echo", "$HOME", "*.txt", "`id`", "|", "cat;", "true"}},
        {"sagen gr\xc3\xbc\xc3\x9f", {"sagen", "gr\xc3\xbc\xc3\x9f"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto words = command_words(row.line);
        REQUIRE(words);
        CHECK(*words == row.words);
    }
}

TEST_CASE("a command line that is no command is refused without being shown") {
    for (const std::string line : {"", "   ", "a 'b", "a \"b", "a\\", "'' a", "a\nb", "a\x01"}) {
        CAPTURE(line);
        const auto words = command_words(line);
        REQUIRE_FALSE(words);
        CHECK(words.error().kind == formats::ErrorKind::usage);
    }
}
