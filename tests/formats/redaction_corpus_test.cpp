// The labelled corpus, when it is there: no labelled secret survives and no keep string is lost.

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "redaction_text.hpp"

namespace {

namespace fs = std::filesystem;

fs::path corpus() {
    const char* elsewhere = std::getenv("TACBUNDLE_SHARED_DIR");
    return fs::path(elsewhere != nullptr ? elsewhere : TACBUNDLE_SHARED_DIR) / "corpus" / "redaction";
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> found;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) found.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return found;
}

bool survives(const std::string& label, const std::string& redacted, const std::string& joined) {
    if (label.rfind("re:", 0) == 0) return re2::RE2::PartialMatch(redacted, "(?m)" + label.substr(3));
    return redacted.find(label) != std::string::npos || (label.size() >= 8 && joined.find(label) != std::string::npos);
}

}  // namespace

TEST_CASE("the labelled corpus loses every secret and keeps what it must") {
    if (!fs::is_directory(corpus())) {
        MESSAGE("NOT RUN: the labelled corpus is not here: " << corpus().string());
        return;
    }
    std::mt19937 random(1);
    for (const auto& entry : fs::directory_iterator(corpus())) {
        if (entry.path().extension() != ".txt" || entry.path().stem() == "README") continue;
        CAPTURE(entry.path().filename().string());
        const std::string text = read(entry.path());
        const std::string redacted = redaction_test::redact(text);
        std::string joined;
        for (const char c : redacted)
            if (c != '\r' && c != '\n') joined.push_back(c);
        auto labels = fs::path(entry.path()).replace_extension(".secrets");
        for (std::string label : lines(read(labels))) {
            // A look-ahead is not RE2's; these end a label only.
            if (const std::size_t ahead = label.find("(?![\\w])"); ahead != std::string::npos)
                label.replace(ahead, 8, "(?:[^\\w]|$)");
            CAPTURE(label);
            CHECK(!survives(label, redacted, joined));
        }
        for (const std::string& kept : lines(read(fs::path(entry.path()).replace_extension(".keep")))) {
            CAPTURE(kept);
            CHECK(redacted.find(kept) != std::string::npos);
        }
        CHECK(redaction_test::redact(redacted) == redacted);
        CHECK(redaction_test::redact_in_pieces(text, random, 1) == redacted);
        CHECK(redaction_test::redact_in_pieces(text, random, 97) == redacted);
    }
}
