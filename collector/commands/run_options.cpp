#include "collector/commands/run_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

using Set = Result<void>;

Error wrong(std::string expected, std::string remedy = {}) {
    return {ErrorKind::usage, {}, std::move(expected), std::move(remedy)};
}

/// Puts a parsed value in its place, or hands its error on.
template <class T, class Into>
Set assign(Result<T> parsed, Into& into) {
    if (!parsed) return parsed.error();
    into = std::move(*parsed);
    return {};
}

Set whole_number(const std::string& text, unsigned lowest, unsigned highest, std::string_view unit, unsigned& into) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < lowest || number > highest)
        return wrong("expected " + std::string(unit) + " from " + std::to_string(lowest) + " to " +
                     std::to_string(highest) + ", found `" + text + "`");
    into = number;
    return {};
}

template <class T, std::size_t N>
Set one_of(const std::string& text, const std::array<std::pair<std::string_view, T>, N>& words, auto& into) {
    std::string list;
    for (const auto& [word, value] : words) {
        if (word == text) {
            into = value;
            return {};
        }
        list.append(list.empty() ? "" : ", ").append(word);
    }
    return wrong("`" + text + "` is not one of its words", "one of: " + list);
}

Set some_text(const std::string& text, std::string_view what, std::string& into) {
    if (text.empty()) return wrong("expected " + std::string(what) + ", found nothing");
    into = text;
    return {};
}

Set digest(const std::string& text, std::string& into) {
    constexpr std::string_view hex = "0123456789abcdef";
    if (text.size() != 64 || text.find_first_not_of(hex) != std::string::npos)
        return wrong("expected a SHA-256 digest: 64 digits 0-9, a-f", "`tacbundle plan` prints it in full");
    into = text;
    return {};
}

/// A time that two people agreed on lies close ahead; what is further off, or over, is a slip.
Set time_to_come(const std::string& text, std::optional<formats::UtcTime>& into) {
    constexpr std::chrono::hours furthest{24};
    const formats::UtcTime now = formats::utc_now();
    const auto time = formats::parse_utc(text, now);
    if (!time)
        return wrong("expected a time in UTC, found `" + text + "`",
                     "02:30:00Z, or with the date: 2026-11-25T02:30:00Z");
    if (*time < now)
        return wrong(formats::to_seconds(*time) + " is over: it is " + formats::to_seconds(now) + " in UTC");
    if (*time - now > furthest) return wrong(formats::to_seconds(*time) + " is more than a day ahead");
    into = time;
    return {};
}

using formats::ArchiveFormat;
using formats::HostKeyPolicy;
using formats::ResetConsent;
constexpr std::array<std::pair<std::string_view, ArchiveFormat>, 3> archive_formats{
    {{"tar.gz", ArchiveFormat::tar_gz}, {"tar.zst", ArchiveFormat::tar_zst}, {"zip", ArchiveFormat::zip}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> sets{{{"basic", false}, {"extended", true}}};
constexpr std::array<std::pair<std::string_view, HostKeyPolicy>, 3> policies{
    {{"ask", HostKeyPolicy::ask}, {"strict", HostKeyPolicy::strict}, {"accept-new", HostKeyPolicy::accept_new}}};
constexpr std::array<std::pair<std::string_view, ResetConsent>, 2> resets{
    {{"peer", ResetConsent::peer}, {"all", ResetConsent::all}}};

constexpr std::string_view what = "What is collected";
constexpr std::string_view where = "Where it goes";
constexpr std::string_view limits = "Limits";
constexpr std::string_view consent = "Consent";

/// A flag that sets one bool.
#define SETS(member) [](RunRequest& r, const std::string&) -> Set { return r.member = true, Set{}; }
#define READS(expression) [](RunRequest& r, const std::string& v) -> Set { return expression; }

constexpr std::array options{
    RunOption{"sr", 0, "NUMBER", what, "TAC service request; stands in the bundle's name", "", false, false,
              READS(some_text(v, "the number of a service request", r.incident.sr))},
    RunOption{"peer", 0, "ADDRESS", what, "the crypto peer, when it cannot be told from the configurations", "", false,
              false, READS(some_text(v, "an address", r.incident.peer))},
    RunOption{"probe", 0, "SPEC", what, "what passes interesting traffic: auto, none, or FROM[,source=A],to=B[,kind=K]",
              "auto", false, false, READS(assign(formats::parse_probe(v), r.incident.probe))},
    RunOption{"no-debug", 0, "", what, "shows and configuration only", "", false, false, SETS(incident.no_debug)},
    RunOption{"set", 0, "SET", what, "basic, or extended: what TAC asks for next", "basic", false, false,
              READS(one_of(v, sets, r.incident.extended))},
    RunOption{"compare-keys", 0, "", what, "read the keys in clear to compare both ends; only their tokens are kept",
              "", false, false, SETS(incident.compare_keys)},
    RunOption{"mask-addresses", 0, "", what, "replace addresses too, in the same way at both ends", "", false, false,
              SETS(incident.mask_addresses)},
    RunOption{"explain", 0, "", what, "show the interesting traffic with the lines it comes from", "", false, true,
              SETS(explain)},

    RunOption{"output", 'o', "PATH", where, "a folder when it exists as one, else the archive's own path", ".", false,
              false, READS(some_text(v, "a path", r.incident.output))},
    RunOption{"format", 0, "FORMAT", where, "tar.gz, tar.zst or zip; or as the name of the output ends", "tar.gz",
              false, false, READS(one_of(v, archive_formats, r.incident.format))},
    RunOption{"json", 0, "", where, "events on standard output, one JSON object a line", "", false, false,
              SETS(incident.json)},

    RunOption{"debug-window", 0, "DURATION", limits, "longest time debugs stay on; at most 10m", "90s", false, false,
              READS(assign(formats::parse_duration(v), r.incident.debug_window))},
    RunOption{"settle", 0, "DURATION", limits, "how long to go on after the tunnel is up at both ends", "5s", false,
              false, READS(assign(formats::parse_duration(v), r.incident.settle))},
    RunOption{"cpu-limit", 0, "PERCENT", limits, "do not arm, or disarm, at this load", "80", false, false,
              READS(whole_number(v, 1, 100, "a percentage", r.incident.cpu_limit))},
    RunOption{"byte-limit", 0, "SIZE", limits, "most bytes of one capture", "64MiB", false, false,
              READS(assign(formats::parse_size(v), r.incident.byte_limit))},
    RunOption{"command-timeout", 0, "DURATION", limits, "longest silence in one command", "60s", false, false,
              READS(assign(formats::parse_duration(v), r.incident.command_timeout))},
    RunOption{"connect-timeout", 0, "DURATION", limits, "one login, questions not counted", "30s", false, false,
              READS(assign(formats::parse_duration(v), r.incident.connect_timeout))},
    RunOption{"deadline", 0, "DURATION", limits, "the whole run, turning debugs off not counted", "15m", false, false,
              READS(assign(formats::parse_duration(v), r.incident.deadline))},
    RunOption{"start-at", 0, "TIME", limits, "log in and look now, arm at this time (UTC): 02:30:00Z, or with a date",
              "now", false, false, READS(time_to_come(v, r.incident.start_at))},
    RunOption{"parallel", 0, "N", limits, "logins and shows at once", "256", false, false,
              READS(whole_number(v, 1, 1024, "a number", r.incident.parallel))},
    RunOption{"watch-parent", 0, "", limits, "end as on an interrupt when the parent process dies", "", false, false,
              SETS(incident.watch_parent)},

    RunOption{"host-key", 0, "POLICY", consent, "unknown host keys: ask, strict or accept-new",
              "ask on a terminal, else strict", false, false, READS(one_of(v, policies, r.incident.host_key))},
    RunOption{"approve", 0, "SHA256", consent, "run only if the plan has this digest", "", false, false,
              READS(digest(v, r.approve))},
    RunOption{"yes", 'y', "", consent,
              "yes to ordinary confirmations; never to a host key, a credential, a reset or a clear", "", false, false,
              SETS(yes)},
    RunOption{"allow-reset", 0, "SCOPE", consent, "reset the tunnel when it stays down: peer or all", "off", false,
              false, READS(one_of(v, resets, r.incident.allow_reset))},
    RunOption{"reset-drops-all-tunnels", 0, "NAME", consent, "consent for this endpoint, where no terminal can ask", "",
              true, false, READS((r.incident.reset_drops_all_tunnels.push_back(v), Set{}))},
    RunOption{"allow-clear-xlate", 0, "", consent, "clear translations when it stays down", "", false, false,
              SETS(incident.allow_clear_xlate)},
    RunOption{"clear-xlate-drops-connections", 0, "NAME", consent,
              "consent for this endpoint, where no terminal can ask", "", true, false,
              READS((r.incident.clear_xlate_drops_connections.push_back(v), Set{}))},
    RunOption{"allow-config-mode", 0, "", consent, "PIX 6: let it debug from configuration mode", "", false, false,
              SETS(incident.allow_config_mode)},
    RunOption{"allow-console-debug", 0, "", consent, "arm over a serial console", "", false, false,
              SETS(incident.allow_console_debug)},
};

#undef SETS
#undef READS

}  // namespace

std::span<const RunOption> run_options() { return options; }

}  // namespace collector
