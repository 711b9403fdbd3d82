// The list of facts about secret forms, when it is there: every one of its rows by itself. A secret
// of a row is gone and every other byte of its line stays; a line that must not change does not.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "formats/redaction/secret/token.hpp"
#include "redaction_text.hpp"

namespace {

namespace fs = std::filesystem;

fs::path facts() {
    const char* elsewhere = std::getenv("TACBUNDLE_SHARED_DIR");
    return fs::path(elsewhere != nullptr ? elsewhere : TACBUNDLE_SHARED_DIR) / "facts" / "secret-forms.jsonl";
}

/// The line with a mark in the place of each placeholder.
std::string unmarked(std::string text) {
    for (std::size_t at = text.find("[REDACTED:"); at != std::string::npos; at = text.find("[REDACTED:", at + 1))
        if (const std::size_t length = formats::placeholder_length(std::string_view(text).substr(at)))
            text.replace(at, length, "\x01");
    return text;
}

/// Whether `redacted` is `line` without the secrets, and nothing else of it is missing: what a mark
/// stands for is put back, and the line must come out. It stands for a secret with the "0x" or "0s"
/// that says how it is written, for several with blanks between, or for a secret whose end the line
/// does not tell: then it may be all that is left, but for a closing quote.
bool is_line_without(std::string_view redacted, std::string_view line, const std::vector<std::string>& secrets) {
    const std::size_t mark = redacted.find('\x01');
    if (mark == std::string_view::npos) return redacted == line;
    if (line.substr(0, mark) != redacted.substr(0, mark)) return false;
    redacted.remove_prefix(mark + 1);
    line.remove_prefix(mark);
    const std::function<bool(std::string_view)> is_rest = [&](std::string_view rest) {
        return std::any_of(secrets.begin(), secrets.end(), [&](const std::string& secret) {
            if (!rest.starts_with(secret)) return false;
            const std::string_view behind = rest.substr(secret.size());
            if (is_line_without(redacted, behind, secrets)) return true;
            if (redacted.empty() || redacted == "\"") return true;
            const std::size_t next = behind.find_first_not_of(' ');
            return next != std::string_view::npos && next > 0 && is_rest(behind.substr(next));
        });
    };
    const bool coded = line.starts_with("0x") || line.starts_with("0s");
    return is_rest(line) || (coded && is_rest(line.substr(2)));
}

}  // namespace

TEST_CASE("every row of the facts about secret forms is redacted exactly, or kept") {
    std::ifstream in(facts());
    if (!in) {
        MESSAGE("NOT RUN: the facts are not here: " << facts().string());
        return;
    }
    std::size_t rows = 0;
    std::vector<std::string> inexact;
    for (std::string text; std::getline(in, text); ++rows) {
        const auto row = nlohmann::json::parse(text);
        const std::string id = row.at("id"), line = row.at("line");
        CAPTURE(id);
        CAPTURE(line);
        if (row.at("platform") == "keep") {
            CHECK(redaction_test::redact(line) == line);
            continue;
        }
        const std::vector<std::string> secrets = row.at("secrets");
        const bool needs_context = row.value("needs_context", false);
        // With the lines before it, and without unless it needs them.
        for (const bool with_context : {true, false}) {
            if (!with_context && needs_context) continue;
            std::string before;
            if (with_context)
                for (const auto& one : row.at("context")) before += one.get<std::string>() + "\n";
            const auto redaction = redaction_test::make_redaction();
            // Told by nothing round them: they are known from elsewhere, as the facts say.
            if (needs_context && (id == "PX19" || id == "ZZ03"))
                for (const std::string& secret : secrets) redaction->learn(secret, formats::SecretClass::password);
            const std::string redacted = redaction->redact(before + line + "\n").str();
            CAPTURE(redacted);
            std::string last = redacted.substr(0, redacted.size() - 1);
            last.erase(0, last.rfind('\n') + 1);
            for (const std::string& secret : secrets) {
                // A secret can be a word of the line too: "key" in "key key".
                const auto count = [&](const std::string& where) {
                    std::size_t found = 0;
                    for (std::size_t at = where.find(secret); at != std::string::npos;
                         at = where.find(secret, at + secret.size()))
                        ++found;
                    return found;
                };
                CAPTURE(secret);
                CHECK(count(unmarked(last)) < count(line));
            }
            // All of a form's parameters go, whatever their names say, and all of a header of a key.
            if (line.starts_with(" hidden-parameter ") || line.starts_with("DEK-Info:")) continue;
            if (!is_line_without(unmarked(last), line, secrets))
                inexact.push_back(id + ": " + line + "\n    -> " + last);
        }
    }
    CHECK(rows > 500);
    for (const std::string& one : inexact) {
        CAPTURE(one);
        CHECK(one.empty());
    }
}
