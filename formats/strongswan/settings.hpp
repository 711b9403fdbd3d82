#pragma once
// The grammar of strongswan.conf and swanctl.conf:
//
//   section = NAME [ ":" REFERENCE... ] "{" { section | setting | include } "}"
//   setting = KEY "=" VALUE         VALUE ends with the line, at "#" or at "}"; in double quotes with \" in it
//   include = "include" PATTERN     comments: "#" to the end of the line
//
// Device text is hostile: nothing throws, sections deeper than `deepest` are read past, what is none of the above is
// counted.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

struct Setting {
    std::string key, value;
    std::uint32_t line = 0;  ///< from 1
};

struct SettingSection {
    std::string name;
    std::uint32_t line = 0;
    std::vector<std::string> references;  ///< sections whose settings this one inherits
    std::vector<Setting> settings;
    std::vector<SettingSection> sections;

    /// The last one of that name, as the daemon takes it; null when there is none.
    const Setting* setting(std::string_view key) const;
    const SettingSection* section(std::string_view name) const;
};

struct SettingsText {
    SettingSection root;
    std::vector<Setting> includes;  ///< value: the pattern
    std::uint32_t unread = 0;       ///< words that are no setting
    bool is_whole = true;           ///< every section was closed

    static constexpr unsigned deepest = 16;
};

SettingsText parse_settings(std::string_view text);

}  // namespace formats
