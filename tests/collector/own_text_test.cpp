#include "collector/plan/own_text.hpp"

#include <doctest/doctest.h>

#include "formats/redaction/redaction.hpp"
#include "support/temporary_folder.hpp"

using collector::check_words;

namespace {

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string text_of(const std::vector<std::string>& platforms) {
    const auto profiles = formats::load_profiles("");
    REQUIRE(profiles);
    formats::Incident incident;
    for (std::size_t i = 0; i < platforms.size(); ++i) {
        formats::EndpointSpec endpoint;
        endpoint.name = "end-" + std::to_string(i);
        endpoint.platform = platforms[i];
        incident.endpoints.push_back(endpoint);
    }
    incident.sr = "612345678";
    const auto plan = collector::Plan::make(incident, *profiles);
    REQUIRE(plan);
    const support::TemporaryFolder folder;
    const auto spool = formats::Spool::create(folder.path() / "spool");
    REQUIRE(spool);
    auto text = collector::own_text(*plan, *spool);
    if (!text) FAIL(text.error().message());
    return *text;
}

}  // namespace

TEST_CASE("the program's own text has the words of every part of a bundle, whatever the platforms are") {
    for (const std::vector<std::string>& platforms : {std::vector<std::string>{"auto", "auto"},
                                                      {"pix7", "pix7"},
                                                      {"pix6", "ios"},
                                                      {"asa"},
                                                      {"auto", "pix7", "strongswan"}}) {
        const std::string text = text_of(platforms);
        for (const char* part :
             {"urn:tacbundle:manifest:1", "</bundle>", "<!DOCTYPE html>", "quarantined", "not-attempted", "612345678",
              "end-0", "endpoints/end-0/before/", "[REDACTED:url-password:"}) {
            CAPTURE(part);
            CHECK(holds(text, part));
        }
        CHECK(holds(text, "end-" + std::to_string(platforms.size() - 1)));
    }
}

TEST_CASE("a word or a pattern that is a part of it is refused by its number, and never shown") {
    const std::string own = text_of({"pix7", "ios"});
    struct Row {
        std::string word;
        bool refused;
    };
    for (const Row& row :
         {Row{"crypto", true}, Row{"tacbundle", true}, Row{"xml", true}, Row{"e", true}, Row{" ", true},
          Row{"REDACTED", true}, Row{"psk", true}, Row{"write-terminal", true}, Row{"10", true}, Row{"cafe", true},
          Row{"1234567", true}, Row{"12:30", true}, Row{"612345678", true}, Row{"Falcon", false},
          Row{"Project Falcon", false}, Row{"cafebabe", false}, Row{"x9", false}}) {
        CAPTURE(row.word);
        formats::RedactionSettings settings;
        settings.words = {"CANARY-other", row.word};
        const auto checked = check_words(settings, own);
        CHECK(checked.has_value() != row.refused);
        if (checked) continue;
        CHECK(checked.error().kind == formats::ErrorKind::usage);
        CHECK(checked.error().subject == "[redaction] words, number 2");
    }
    for (const Row& row : {Row{".", true}, Row{"[a-z]+", true}, Row{"REDACTED", true}, Row{"case-key (\\S+)", false}}) {
        CAPTURE(row.word);
        formats::RedactionSettings settings;
        settings.patterns = {{"customer (\\S+)", "t.toml:3:13"}, {row.word, "t.toml:4:13"}};
        const auto checked = check_words(settings, own);
        CHECK(checked.has_value() != row.refused);
        if (!checked) CHECK(checked.error().subject == "t.toml:4:13");
    }
}
