#include "formats/report/wording.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "formats/text/plain_text.hpp"

namespace formats {

namespace {

constexpr std::size_t longest = 4096;

std::string decimal(double value, int digits) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    std::string result(text.data(), static_cast<std::size_t>(size));
    // A locale may have another decimal mark.
    for (char& c : result)
        if (c == ',') c = '.';
    return result;
}

void add(std::string& list, std::string_view item, std::string_view separator = ", ") {
    if (item.empty()) return;
    if (!list.empty()) list += separator;
    list += item;
}

}  // namespace

std::string clock_of(UtcTime time) { return to_iso(time).substr(11, 8); }

std::string date_and_clock_of(UtcTime time) { return to_iso(time).substr(0, 10) + " " + clock_of(time); }

std::string length_of(std::chrono::microseconds time) {
    const double seconds = static_cast<double>(time.count()) / 1e6;
    if (seconds < 10) return decimal(seconds, 1) + " s";
    const auto whole = static_cast<long long>(seconds);
    if (whole < 60) return std::to_string(whole) + " s";
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

std::string size_of(std::uint64_t bytes) {
    if (bytes < 1024) return counted(bytes, "byte");
    const double kib = static_cast<double>(bytes) / 1024;
    if (kib < 1024) return decimal(kib, 1) + " KiB";
    return decimal(kib / 1024, 1) + " MiB";
}

std::string device_of(const EndpointRecord& endpoint) {
    std::string text;
    add(text, endpoint.hostname);
    add(text, endpoint.model);
    if (!endpoint.version.empty()) add(text, "version " + endpoint.version);
    if (!endpoint.platform.empty()) add(text, "profile " + endpoint.platform);
    return text.empty() ? "not identified" : plain_label(text, longest);
}

std::string route_of(const EndpointRecord& endpoint) {
    std::string text = endpoint.target;
    if (endpoint.legacy) text += " (old SSH algorithms)";
    if (!endpoint.sessions.empty()) add(text, "sessions: " + endpoint.sessions);
    return plain_label(text, longest);
}

std::string clock_of(const EndpointRecord& endpoint) {
    if (!endpoint.clock_offset_ms) return "not read";
    const double seconds = *endpoint.clock_offset_ms / 1000;
    std::string text = decimal(std::abs(seconds), 3) + " s " + (seconds < 0 ? "behind" : "ahead of") + " ours";
    if (endpoint.clock_uncertainty_ms) text += " (+/- " + decimal(*endpoint.clock_uncertainty_ms / 1000, 3) + " s)";
    return text;
}

std::string traffic_of(const ProbeRecord& probe) {
    std::string text = probe.kind.empty() ? "traffic" : probe.kind;
    if (!probe.source.empty()) text += " from " + probe.source;
    if (!probe.to.empty()) text += " to " + probe.to;
    if (!probe.from.empty()) text += ", sent by " + probe.from;
    return plain_label(text, longest);
}

std::string step_of(const ActionRecord& action) {
    std::string text = action.endpoint + ": " + action.kind;
    if (action.consent.starts_with("not given"))
        text += " (consent " + action.consent + ")";
    else if (!action.consent.empty())
        text += " (allowed by " + action.consent + ")";
    return plain_label(text, longest);
}

bool may_still_debug(const DebugRecord& debug) { return debug.proven == DebugRecord::Proven::no; }

std::string debug_of(const DebugRecord& debug) {
    if (debug.proven == DebugRecord::Proven::not_armed) return "never armed";
    std::string text;
    if (debug.armed) add(text, "on " + clock_of(*debug.armed));
    if (debug.disarmed) add(text, "off " + clock_of(*debug.disarmed));
    if (debug.armed && debug.disarmed) text += " (" + length_of(*debug.disarmed - *debug.armed) + ")";
    add(text, may_still_debug(debug) ? "NOT PROVEN OFF: this device may still be debugging" : "proven off");
    add(text, debug.restored ? "state as before the run" : "state differs from before the run", "; ");
    return text;
}

std::vector<Gap> gaps_of(const Manifest& manifest) {
    std::vector<Gap> gaps;
    for (const EndpointRecord& endpoint : manifest.endpoints)
        for (const CaptureRecord& capture : endpoint.captures)
            if (is_missing(capture)) gaps.push_back({&endpoint, &capture});
    return gaps;
}

std::size_t planned_in(const Manifest& manifest) {
    std::size_t planned = 0;
    for (const EndpointRecord& endpoint : manifest.endpoints) planned += endpoint.captures.size();
    return planned;
}

std::string result_of(const Manifest& manifest) {
    std::string text = manifest.outcome == "complete"      ? "complete"
                       : manifest.outcome == "interrupted" ? "INTERRUPTED"
                                                           : "INCOMPLETE";
    const std::size_t missing = gaps_of(manifest).size();
    std::size_t beyond = 0;
    for (const EndpointRecord& endpoint : manifest.endpoints) beyond += gaps_in(endpoint.captures).beyond_the_platform;
    if (beyond > 0) text += "; " + counted(beyond, "item") + " this platform does not have";
    const std::string planned = counted(planned_in(manifest) - beyond, beyond > 0 ? "other item" : "item");
    if (missing == 0) return text + ": all of " + planned + " collected";
    return text + ": " + std::to_string(missing) + " of " + planned + (missing == 1 ? " is" : " are") +
           " missing or cut short";
}

std::string redaction_of(const Manifest& manifest) {
    std::uint64_t total = 0;
    for (const auto& [rule, count] : manifest.rules) total += count;
    std::string text = counted(total, "secret") + " replaced by tokens; equal secrets have equal tokens. ";
    if (manifest.redaction_verified == "true") return text + "Every member was scanned again before packing.";
    if (manifest.redaction_verified == "rules-only")
        return text + "Every member was scanned again with the rules, but not for every secret of the run.";
    return text + "NOT verified.";
}

}  // namespace formats
