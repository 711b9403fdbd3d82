#include "collector/system/command_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;

formats::Result<std::vector<std::string>> command_words(std::string_view line) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        const char next = at + 1 < line.size() ? line[at + 1] : '\0';
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f')
            return Error{ErrorKind::usage, "command", "it holds a control character", {}};
        if (quote == '\0' && (c == ' ' || c == '\t')) {
            in_word = false;
            continue;
        }
        if (!in_word) {
            words.emplace_back();
            in_word = true;
        }
        if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        } else if (c == '\\' && quote == '\0') {
            if (next == '\0') return Error{ErrorKind::usage, "command", "it ends in a lone backslash", {}};
            words.back() += line[++at];
        } else if (c == '\\' && quote == '"' && (next == '"' || next == '\\')) {
            words.back() += line[++at];
        } else {
            words.back() += c;
        }
    }
    if (quote != '\0') return Error{ErrorKind::usage, "command", std::string("a ") + quote + " is not closed", {}};
    if (words.empty() || words.front().empty()) return Error{ErrorKind::usage, "command", "it names no program", {}};
    return words;
}

std::vector<char*> argument_vector(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));  // exec() writes to none
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace collector
