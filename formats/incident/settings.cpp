// The small notations of the incident file and the command line: durations, sizes, where a secret
// comes from, the probe.

#include <algorithm>
#include <array>
#include <utility>

#include "formats/incident/incident.hpp"
#include "formats/text/ascii.hpp"
#include "formats/text/ip_address.hpp"

namespace formats {

namespace {

Error usage(std::string detail, std::string remedy) {
    return {ErrorKind::usage, {}, std::move(detail), std::move(remedy)};
}

/// Splits "45s" into 45 and "s". At most 15 digits, so that no unit overflows.
bool split_number(std::string_view text, std::uint64_t& number, std::string_view& unit) {
    std::size_t digits = 0;
    number = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 15)
        number = number * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
    unit = text.substr(digits);
    return digits > 0;
}

/// What the user wrote, fit for a message: a number and its unit. What looks like something else may be a secret in the
/// wrong place.
std::string quoted(std::string_view text) {
    constexpr std::size_t longest_number = 16;
    const bool is_number =
        !text.empty() && text.size() <= longest_number && text[0] >= '0' && text[0] <= '9' && !holds_control(text);
    return is_number ? "`" + std::string(text) + "`" : text.empty() ? "nothing" : "something else";
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
    constexpr std::uint64_t longest = 24ULL * 3'600'000;
    std::uint64_t number = 0;
    std::string_view unit;
    if (split_number(text, number, unit)) {
        if (unit.empty())
            return usage("the duration " + quoted(text) + " has no unit",
                         "write " + std::string(text) + "s for seconds; units: ms, s, m, h");
        for (const auto& [name, factor] : units) {
            if (unit != name) continue;
            if (number > longest / factor) return usage("the duration " + quoted(text) + " is longer than a day", {});
            return std::chrono::milliseconds(static_cast<std::int64_t>(number * factor));
        }
    }
    return usage("expected a duration, found " + quoted(text), "a whole number and a unit: 1500ms, 45s, 2m, 1h");
}

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> units{{{"", 1},
                                                                               {"B", 1},
                                                                               {"kB", 1000},
                                                                               {"KB", 1000},
                                                                               {"MB", 1'000'000},
                                                                               {"GB", 1'000'000'000},
                                                                               {"KiB", 1ULL << 10},
                                                                               {"MiB", 1ULL << 20}}};
    constexpr std::uint64_t gibibyte = 1ULL << 30;
    std::uint64_t number = 0;
    std::string_view unit;
    if (split_number(text, number, unit)) {
        const auto found =
            std::find_if(units.begin(), units.end(), [&](const auto& known) { return known.first == unit; });
        const std::uint64_t factor = unit == "GiB" ? gibibyte : found == units.end() ? 0 : found->second;
        if (factor > 0 && number <= (1ULL << 62) / factor) return number * factor;
    }
    return usage("expected a size, found " + quoted(text), "a whole number of bytes, or with a unit: 64MiB, 10MB");
}

Result<SecretSource> parse_secret_source(std::string_view text) {
    // The text is never repeated: it may be the password itself.
    const auto refused = [](std::string detail) {
        return usage(std::move(detail), "env:VAR, file:PATH, fd:N, command:CMD or prompt");
    };
    if (holds_control(text)) return refused("the source of a secret holds a control character");
    if (text == "prompt") return SecretSource{SecretSource::Kind::prompt, {}};
    const std::size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string value(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (colon == std::string_view::npos) return refused("this is not where a secret comes from");
    if (kind == "env") {
        const auto allowed = [](char c) {
            return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        };
        if (value.empty() || (value[0] >= '0' && value[0] <= '9') || !std::all_of(value.begin(), value.end(), allowed))
            return refused("after `env:` the name of an environment variable must follow");
        return SecretSource{SecretSource::Kind::environment, value};
    }
    if (kind == "file") {
        if (value.empty()) return refused("after `file:` a path must follow");
        return SecretSource{SecretSource::Kind::file, value};
    }
    if (kind == "fd") {
        if (value.empty() || value.size() > 6 || !digits)
            return refused("after `fd:` the number of an open file descriptor must follow");
        return SecretSource{SecretSource::Kind::descriptor, value};
    }
    if (kind == "command") {
        if (value.find_first_not_of(' ') == std::string::npos) return refused("after `command:` a command must follow");
        return SecretSource{SecretSource::Kind::command, value};
    }
    return refused("this is not where a secret comes from");
}

namespace {

/// "icmp", "tcp:443", "udp:53"
Result<void> read_kind(std::string_view text, ProbeSpec& probe) {
    probe.port = 0;
    if (text == "icmp") {
        probe.kind = ProbeSpec::Kind::icmp;
        return {};
    }
    const bool tcp = text.starts_with("tcp:");
    if (tcp || text.starts_with("udp:")) {
        std::uint64_t port = 0;
        std::string_view rest;
        if (split_number(text.substr(4), port, rest) && rest.empty() && port >= 1 && port <= 65535) {
            probe.kind = tcp ? ProbeSpec::Kind::tcp : ProbeSpec::Kind::udp;
            probe.port = static_cast<std::uint16_t>(port);
            return {};
        }
    }
    return usage("expected a kind of probe", "icmp, tcp:PORT or udp:PORT");
}

Result<void> read_address(std::string_view what, std::string_view text, std::string& address) {
    if (!is_ip_address(text))
        return usage("`" + std::string(what) + "`: expected an address",
                     "one address of a host inside the tunnel, for example 10.2.2.10");
    address = std::string(text);
    return {};
}

}  // namespace

Result<void> set_probe_part(ProbeSpec& probe, std::string_view key, std::string_view value) {
    if (key == "source") return read_address(key, value, probe.source);
    if (key == "to") return read_address(key, value, probe.to);
    if (key == "kind") return read_kind(value, probe);
    if (key != "from") return usage("a part of the probe is not known", "from, source, to, kind");
    if (value == "local" || is_endpoint_name(value)) {
        probe.from = std::string(value);
        return {};
    }
    const auto target = parse_target(value);
    if (!target) return Error{ErrorKind::usage, "from", target.error().detail, target.error().remedy};
    if (target->transport != Transport::ssh)
        return usage("`from`: a workstation is reached over ssh", "ssh://user@host, an endpoint's name or local");
    probe.from = std::string(value);
    return {};
}

Result<ProbeSpec> parse_probe(std::string_view text) {
    constexpr std::string_view form = "auto, none, or FROM[,source=A],to=B[,kind=icmp|tcp:PORT|udp:PORT]";
    ProbeSpec probe;
    if (text == "auto") return probe;
    if (text == "none") {
        probe.mode = ProbeSpec::Mode::none;
        return probe;
    }
    probe.mode = ProbeSpec::Mode::given;
    bool first = true;
    while (first || !text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const std::size_t equals = first ? std::string_view::npos : part.find('=');
        if (!first && equals == std::string_view::npos)
            return usage("a part of the probe is not key=value", std::string(form));
        const auto set = first ? set_probe_part(probe, "from", part)
                               : set_probe_part(probe, part.substr(0, equals), part.substr(equals + 1));
        if (!set) return Error{ErrorKind::usage, "probe", set.error().detail, std::string(form)};
        first = false;
    }
    if (probe.to.empty()) return Error{ErrorKind::usage, "probe", "`to=ADDRESS` is missing", std::string(form)};
    return probe;
}

}  // namespace formats
