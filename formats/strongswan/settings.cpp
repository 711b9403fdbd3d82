#include "formats/strongswan/settings.hpp"

#include <algorithm>

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_value = 4096;

class SettingsParser {
 public:
    explicit SettingsParser(std::string_view text) : text_(text) {}

    SettingsText parse() {
        SettingsText parsed;
        read_section(parsed, parsed.root, 0);
        return parsed;
    }

 private:
    bool at_end() const { return at_ >= text_.size(); }

    void next() {
        if (text_[at_] == '\n') ++line_;
        ++at_;
    }

    void skip_blank() {
        while (!at_end()) {
            const char c = text_[at_];
            if (c == '#')
                while (!at_end() && text_[at_] != '\n') next();
            else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                next();
            else
                return;
        }
    }

    std::string_view word() {
        const std::size_t begin = at_;
        while (!at_end() && std::string_view(" \t\r\n={}#,:\"").find(text_[at_]) == std::string_view::npos) next();
        return text_.substr(begin, at_ - begin);
    }

    void skip_blanks_of_line() {
        while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) next();
    }

    std::string value() {
        std::string read;
        skip_blanks_of_line();
        bool quoted = false;
        for (; !at_end(); next()) {
            const char c = text_[at_];
            if (quoted && c == '\\' && at_ + 1 < text_.size()) {
                next();
                if (read.size() < longest_value) read += text_[at_];
                continue;
            }
            if (c == '"') {
                quoted = !quoted;
                continue;
            }
            if (!quoted && (c == '\n' || c == '#' || c == '}')) break;
            if (read.size() < longest_value) read += c;
        }
        while (!read.empty() && (read.back() == ' ' || read.back() == '\t' || read.back() == '\r')) read.pop_back();
        return read;
    }

    void read_section(SettingsText& parsed, SettingSection& section, unsigned depth) {
        for (;;) {
            skip_blank();
            if (at_end()) {
                if (depth > 0) parsed.is_whole = false;
                return;
            }
            if (text_[at_] == '}') {
                next();
                if (depth > 0) return;
                ++parsed.unread;
                continue;
            }
            const std::uint32_t line = line_;
            const std::string name(word().substr(0, longest_word));
            if (name.empty()) {
                ++parsed.unread;
                next();
                continue;
            }
            skip_blanks_of_line();
            if (name == "include" && !at_end() && text_[at_] != '=' && text_[at_] != '{') {
                parsed.includes.push_back({name, value(), line});
                continue;
            }
            SettingSection inner;
            if (!at_end() && text_[at_] == ':') {
                next();
                for (;;) {
                    skip_blanks_of_line();
                    if (!at_end() && text_[at_] == ',') {
                        next();
                        continue;
                    }
                    const std::string_view reference = word();
                    if (reference.empty()) break;
                    inner.references.emplace_back(reference.substr(0, longest_word));
                }
            }
            if (!at_end() && text_[at_] == '=') {
                next();
                section.settings.push_back({name, value(), line});
                continue;
            }
            skip_blank();
            if (at_end() || text_[at_] != '{') {
                ++parsed.unread;
                continue;
            }
            next();
            inner.name = name;
            inner.line = line;
            if (depth + 1 >= SettingsText::deepest) {
                pass_over_section(parsed);
                continue;
            }
            read_section(parsed, inner, depth + 1);
            section.sections.push_back(std::move(inner));
        }
    }

    void pass_over_section(SettingsText& parsed) {
        ++parsed.unread;
        for (std::size_t open = 1; open > 0 && !at_end(); next())
            open += text_[at_] == '{' ? 1 : text_[at_] == '}' ? std::size_t(-1) : 0;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
};

}  // namespace

const Setting* SettingSection::setting(std::string_view key) const {
    const auto found = std::find_if(settings.rbegin(), settings.rend(), [&](const Setting& s) { return s.key == key; });
    return found == settings.rend() ? nullptr : &*found;
}

const SettingSection* SettingSection::section(std::string_view wanted) const {
    const auto found =
        std::find_if(sections.begin(), sections.end(), [&](const SettingSection& s) { return s.name == wanted; });
    return found == sections.end() ? nullptr : &*found;
}

SettingsText parse_settings(std::string_view text) { return SettingsParser(text).parse(); }

}  // namespace formats
