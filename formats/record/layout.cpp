#include "formats/record/layout.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace formats {

namespace {

constexpr std::array<std::pair<Phase, std::string_view>, 5> phase_names{{
    {Phase::before, "before"},
    {Phase::debug, "debug"},
    {Phase::during, "during"},
    {Phase::after, "after"},
    {Phase::probe, "probe"},
}};

constexpr std::size_t most_named_endpoints = 4;
constexpr std::size_t longest_name = 255;  // NAME_MAX

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

std::string_view name_of(Phase phase) {
    for (const auto& [value, name] : phase_names)
        if (value == phase) return name;
    return "before";
}

std::optional<Phase> phase_of(std::string_view text) {
    for (const auto& [value, name] : phase_names)
        if (name == text) return value;
    return std::nullopt;
}

std::string_view extension_of(ArchiveFormat format) {
    switch (format) {
        case ArchiveFormat::tar_gz: return "tar.gz";
        case ArchiveFormat::tar_zst: return "tar.zst";
        case ArchiveFormat::zip: return "zip";
    }
    return "tar.gz";
}

std::string bundle_stem(std::string_view sr, std::span<const std::string> endpoints, UtcTime started) {
    std::string stem = "tacbundle";
    const auto add = [&stem](std::string_view part) {
        stem += '-';
        stem += part;
    };
    if (!sr.empty()) add(sr);
    const bool all = endpoints.size() <= most_named_endpoints;
    for (const std::string& name : endpoints.first(all ? endpoints.size() : 2)) add(name);
    if (!all) add("and-" + std::to_string(endpoints.size() - 2) + "-more");
    add(to_compact(started));
    return stem;
}

std::string capture_member(std::string_view endpoint, Phase phase, std::string_view file) {
    std::string path = "endpoints/";
    path.append(endpoint).append("/").append(name_of(phase)).append("/").append(file);
    return path;
}

bool is_member_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_member_path(std::string_view path) {
    for (;;) {
        const std::size_t slash = path.find('/');
        if (!is_member_name(path.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace formats
