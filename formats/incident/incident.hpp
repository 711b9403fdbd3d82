#pragma once
// An incident: what a user wants collected, from the incident file and the command line together
// (contract, sections 2 and 3). Unknown keys, wrong types and bad values are errors with file, line and
// column and the offending line shown; consent options are refused in the file.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/incident/target.hpp"
#include "formats/record/layout.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

/// Where a secret comes from: env:VAR, file:PATH, fd:N, command:CMD, prompt.
struct SecretSource {
    enum class Kind : std::uint8_t { unset, environment, file, descriptor, command, prompt };
    Kind kind = Kind::unset;
    std::string value;  ///< VAR, PATH, N or CMD
};
Result<SecretSource> parse_secret_source(std::string_view text);

struct EndpointSpec {
    std::string name;
    Target target;
    std::string platform = "auto";
    std::string peer_address;
    std::string context{};  ///< ASA in multiple context mode: where the tunnel is; empty: where the login lands
    bool legacy = false;
    bool one_time_password = false;
    SecretSource password_from, enable_from;
    std::string place;  ///< "incident.toml:14:1" or "argument 2": for errors found later
};

struct ProbeSpec {
    enum class Kind : std::uint8_t { icmp, tcp, udp };
    enum class Mode : std::uint8_t { automatic, none, given };
    Mode mode = Mode::automatic;
    std::string from;  ///< an endpoint's name, "local", or a workstation's ssh target
    std::string source, to;
    Kind kind = Kind::icmp;
    std::uint16_t port = 0;
};
/// `--probe SPEC`: "auto", "none", or "FROM[,source=A],to=B[,kind=icmp|tcp:PORT|udp:PORT]".
Result<ProbeSpec> parse_probe(std::string_view text);
/// One part of a probe: "from", "source", "to" or "kind" with its value.
Result<void> set_probe_part(ProbeSpec& probe, std::string_view key, std::string_view value);

enum class HostKeyPolicy : std::uint8_t { ask, strict, accept_new };
enum class ResetConsent : std::uint8_t { none, peer, all };

struct Incident {
    std::string sr;
    struct Problem {
        std::string since, symptom, changed;
    } problem;
    std::vector<EndpointSpec> endpoints;
    ProbeSpec probe;
    RedactionSettings redaction;

    std::string output = ".";
    std::optional<ArchiveFormat> format;  ///< unset: as the output's name says, else tar.gz
    std::string peer;
    std::chrono::milliseconds debug_window{90'000}, settle{5'000};
    std::chrono::milliseconds command_timeout{60'000}, connect_timeout{30'000}, deadline{900'000};
    std::optional<UtcTime> start_at;  ///< when the debugs are armed; unset: at once. Command line only
    bool no_debug = false, extended = false, mask_addresses = false, compare_keys = false;
    unsigned cpu_limit = 80;
    std::uint64_t byte_limit = 64ULL << 20;
    std::optional<HostKeyPolicy> host_key;  ///< unset: ask on a terminal, else strict
    unsigned parallel = 256;
    bool json = false, watch_parent = false;

    // Consent: command line only.
    ResetConsent allow_reset = ResetConsent::none;
    bool allow_clear_xlate = false;
    bool allow_console_debug = false;  ///< arm over a serial console (exec:)
    bool allow_config_mode = false;    ///< debug and reset from configuration mode where a PIX 6 takes it nowhere else
    std::vector<std::string> reset_drops_all_tunnels, clear_xlate_drops_connections;
};

/// "45s", "2m", "1500ms"; a bare number is refused.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "64MiB", "10MB", "4096": bytes
Result<std::uint64_t> parse_size(std::string_view text);

/// Reads incident TOML. `file` names it in errors.
Result<Incident> parse_incident(std::string_view toml, const std::string& file);
/// Adds endpoints of the command line: a query parameter sets what the file can set.
Result<void> add_endpoint(Incident& incident, std::string_view argument, const std::string& place);
/// What only the whole tells: at least one endpoint, names unique without regard to case, the probe's
/// endpoint is one of them, limits within bounds (debug-window at most 10m).
Result<void> validate(const Incident& incident);

/// 1 to 32 letters, digits and hyphens.
bool is_service_request(std::string_view text);

}  // namespace formats
