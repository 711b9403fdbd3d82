#include "formats/incident/incident.hpp"

#include <algorithm>
#include <array>

#include "formats/text/ascii.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/text/toml_reader.hpp"

namespace formats {

namespace {

using std::chrono::milliseconds;

bool is_platform_name(std::string_view text) {
    if (text.empty() || text.size() > 32 || !((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= '0' && text[0] <= '9')))
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

/// What `changeto context` takes; `system` and `null` are reserved words of the device.
bool is_context_name(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (text.empty() || text.size() > 32 || !plain(text[0]) || text == "system" || text == "null") return false;
    return std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-' || c == '_'; });
}

Error usage(std::string subject, std::string detail, std::string remedy = {}) {
    return {ErrorKind::usage, std::move(subject), std::move(detail), std::move(remedy)};
}

/// One setting of an endpoint, from the file or from a target's query.
Result<void> set_endpoint_text(EndpointSpec& endpoint, std::string_view key, const std::string& value) {
    if (key == "platform") {
        if (!is_platform_name(value))
            return usage("platform", "this is not the name of a platform",
                         "auto, or a name that `tacbundle platforms` lists");
        endpoint.platform = value;
    } else if (key == "peer-address") {
        if (!is_ip_address(value)) return usage("peer-address", "expected an IP address");
        endpoint.peer_address = value;
    } else if (key == "context") {
        if (!is_context_name(value))
            return usage("context", "this is not the name of a security context",
                         "letters, digits, `-` and `_`; the system space has no tunnels");
        endpoint.context = value;
    } else if (key == "user") {
        if (endpoint.target.transport != Transport::exec)
            return usage("user", "the user of a host stands in its target", "ssh://USER@HOST");
        const bool plain = !value.empty() && value.size() <= 64 && value.front() != '-' &&
                           value.find_first_of(" \t") == std::string::npos;
        if (!plain) return usage("user", "this is not a user name");
        endpoint.target.user = value;
    } else {
        auto source = parse_secret_source(value);
        if (!source) return usage(std::string(key), source.error().detail, source.error().remedy);
        (key == "password-from" ? endpoint.password_from : endpoint.enable_from) = std::move(*source);
    }
    return {};
}

constexpr std::array<std::string_view, 6> endpoint_texts{"platform", "peer-address",  "context",
                                                         "user",     "password-from", "enable-from"};

Result<void> apply_query(EndpointSpec& endpoint) {
    for (const auto& [key, value] : endpoint.target.query) {
        if (key == "legacy" || key == "one-time-password") {
            const bool yes = value == "yes" || value == "true";
            if (!yes && value != "no" && value != "false") return usage(key, "expected yes or no after `" + key + "=`");
            (key == "legacy" ? endpoint.legacy : endpoint.one_time_password) = yes;
        } else if (auto set = set_endpoint_text(endpoint, key, value); !set) {
            return set.error();
        }
    }
    return {};
}

const EndpointSpec* find_endpoint(const Incident& incident, std::string_view name) {
    const std::string wanted = lowered(name);
    for (const EndpointSpec& endpoint : incident.endpoints)
        if (lowered(endpoint.name) == wanted) return &endpoint;
    return nullptr;
}

/// A name for an endpoint that was given none: the host's first label or its address, made unique.
std::string name_for(const Incident& incident, const Target& target) {
    std::string base = target.host;
    if (!is_ip_address(base)) base = base.substr(0, base.find('.'));
    for (char& c : base)
        if (c == ':') c = '-';
    base = base.substr(0, 28);
    if (!is_endpoint_name(base)) base = "endpoint";
    std::string name = base;
    for (int n = 2; find_endpoint(incident, name) != nullptr; ++n) name = base + "-" + std::to_string(n);
    return name;
}

// --- the file
// -----------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 8> consent_keys{
    "allow-reset", "allow-clear-xlate", "reset-drops-all-tunnels", "clear-xlate-drops-connections",
    "yes",         "allow-config-mode", "allow-console-debug",     "approve"};

void refuse_consent(TomlTable& table) {
    for (const std::string_view key : consent_keys)
        table.forbid(key, "`" + std::string(key) + "`: consent cannot stand in a file; give it on the command line",
                     "--" + std::string(key));
}

void refuse_passwords(TomlTable& table) {
    for (const std::string_view key : {"password", "passwd", "secret", "enable", "enable-password", "enable-secret",
                                       "enable_password", "pass", "key", "psk", "pre-shared-key"}) {
        const bool enable = key.starts_with("enable");
        table.forbid(key, "`" + std::string(key) + "`: a secret cannot stand in the incident file",
                     enable ? "say where it comes from: enable-from = \"env:VAR\""
                            : "say where it comes from: password-from = \"env:VAR\"");
    }
}

/// Reads the file into an Incident; every problem goes to the reader, which knows the first.
class IncidentFile {
 public:
    explicit IncidentFile(TomlReader& reader) : reader_(reader) {}

    Incident read() {
        TomlTable root = reader_.root();
        refuse_consent(root);
        refuse_passwords(root);
        read_options(root);
        if (auto problem = root.table("problem")) read_problem(*problem);
        if (auto redaction = root.table("redaction")) read_redaction(*redaction);
        for (TomlTable endpoint : root.tables("endpoint")) read_endpoint(endpoint);
        read_probe(root);
        return std::move(incident_);
    }

 private:
    void flag(TomlTable& table, std::string_view key, bool& into) {
        if (const auto value = table.boolean(key)) into = *value;
    }

    void duration(TomlTable& table, std::string_view key, milliseconds& into) {
        const auto text = table.text(key);
        if (!text) return;
        if (const auto value = parse_duration(text->text))
            into = *value;
        else
            refuse(text->place, key, value.error());
    }

    void refuse(TomlPlace place, std::string_view key, const Error& error) {
        reader_.refuse(place, "`" + std::string(key) + "`: " + error.detail, error.remedy);
    }

    /// A value out of a closed set of words; nullopt when absent or wrong.
    std::optional<std::string> word(TomlTable& table, std::string_view key, const std::vector<std::string>& words) {
        const auto text = table.text(key);
        if (!text) return std::nullopt;
        if (std::find(words.begin(), words.end(), text->text) != words.end()) return text->text;
        std::string list;
        for (const std::string& w : words) list += (list.empty() ? "" : ", ") + w;
        reader_.refuse(text->place, "`" + std::string(key) + "`: not one of the known words", "one of: " + list);
        return std::nullopt;
    }

    void read_options(TomlTable& root) {
        if (const auto sr = root.text("sr")) {
            if (is_service_request(sr->text))
                incident_.sr = sr->text;
            else
                reader_.refuse(sr->place, "`sr`: expected 1 to 32 letters, digits and hyphens",
                               "the number of the service request alone");
        }
        if (const auto output = root.text("output")) {
            incident_.output = output->text;
            if (output->text.empty())
                reader_.refuse(output->place, "`output`: the path is empty", "\".\" is the current directory");
        }
        if (const auto format = word(root, "format", {"tar.gz", "tar.zst", "zip"}))
            incident_.format = *format == "zip"      ? ArchiveFormat::zip
                               : *format == "tar.gz" ? ArchiveFormat::tar_gz
                                                     : ArchiveFormat::tar_zst;
        if (const auto peer = root.text("peer")) {
            incident_.peer = peer->text;
            if (!is_ip_address(peer->text)) reader_.refuse(peer->place, "`peer`: expected an IP address");
        }
        duration(root, "debug-window", incident_.debug_window);
        duration(root, "settle", incident_.settle);
        duration(root, "command-timeout", incident_.command_timeout);
        duration(root, "connect-timeout", incident_.connect_timeout);
        duration(root, "deadline", incident_.deadline);
        flag(root, "no-debug", incident_.no_debug);
        flag(root, "mask-addresses", incident_.mask_addresses);
        flag(root, "compare-keys", incident_.compare_keys);
        flag(root, "json", incident_.json);
        flag(root, "watch-parent", incident_.watch_parent);
        if (const auto set = word(root, "set", {"basic", "extended"})) incident_.extended = *set == "extended";
        if (const auto limit = root.integer("cpu-limit", 1, 100)) incident_.cpu_limit = static_cast<unsigned>(*limit);
        if (const auto size = root.text("byte-limit")) {
            if (const auto bytes = parse_size(size->text))
                incident_.byte_limit = *bytes;
            else
                refuse(size->place, "byte-limit", bytes.error());
        }
        if (const auto policy = word(root, "host-key", {"ask", "strict", "accept-new"}))
            incident_.host_key = *policy == "ask"      ? HostKeyPolicy::ask
                                 : *policy == "strict" ? HostKeyPolicy::strict
                                                       : HostKeyPolicy::accept_new;
        if (const auto parallel = root.integer("parallel", 1, 1024))
            incident_.parallel = static_cast<unsigned>(*parallel);
    }

    void read_problem(TomlTable& table) {
        const auto prose = [&](std::string_view key, std::string& into) {
            if (const auto text = table.text(key, TomlCharacters::prose)) into = text->text;
        };
        prose("since", incident_.problem.since);
        prose("symptom", incident_.problem.symptom);
        prose("changed", incident_.problem.changed);
    }

    void read_redaction(TomlTable& table) {
        for (const TomlText& word : table.texts("words")) {
            incident_.redaction.words.push_back(word.text);
            if (word.text.empty())
                reader_.refuse(word.place, "`words`: an empty word would match everywhere", "remove it");
        }
        for (const TomlText& pattern : table.texts("patterns"))
            incident_.redaction.patterns.push_back({pattern.text, reader_.name(pattern.place)});
    }

    void read_endpoint(TomlTable& table) {
        refuse_consent(table);
        refuse_passwords(table);
        EndpointSpec endpoint;
        endpoint.place = reader_.name(table.place());
        const TomlText name = table.required_text("name");
        endpoint.name = name.text;
        if (table.has("name") && !is_endpoint_name(name.text))
            reader_.refuse(name.place,
                           "`name`: expected letters, digits, `.`, `_` and `-`, at most 32, "
                           "a letter or digit first");
        else if (find_endpoint(incident_, name.text) != nullptr)
            reader_.refuse(name.place, "`name`: another endpoint has this name already",
                           "names differ in more than upper and lower case");
        const TomlText target = table.required_text("target");
        if (table.has("target")) {
            auto parsed = parse_target(target.text);
            if (parsed) endpoint.target = std::move(*parsed);
            const auto applied = parsed ? apply_query(endpoint) : Result<void>(parsed.error());
            if (!applied) refuse(target.place, "target", applied.error());
        }
        for (const std::string_view key : endpoint_texts) {
            const auto text = table.text(key);
            if (!text) continue;
            if (endpoint.target.query.contains(std::string(key)))
                reader_.refuse(text->place, "`" + std::string(key) + "`: given in the target too",
                               "keep one of the two");
            if (auto set = set_endpoint_text(endpoint, key, text->text); !set) refuse(text->place, key, set.error());
        }
        flag(table, "legacy", endpoint.legacy);
        flag(table, "one-time-password", endpoint.one_time_password);
        incident_.endpoints.push_back(std::move(endpoint));
    }

    /// `probe = "auto"` as on the command line, or the table [probe].
    void read_probe(TomlTable& root) {
        if (!root.holds_table("probe")) {
            const auto text = root.text("probe");
            if (!text) return;
            auto probe = parse_probe(text->text);
            if (probe)
                incident_.probe = std::move(*probe);
            else
                refuse(text->place, "probe", probe.error());
            return;
        }
        auto table = root.table("probe");
        incident_.probe.mode = ProbeSpec::Mode::given;
        for (const std::string_view key : {"from", "source", "to", "kind"}) {
            const bool required = key == "from" || key == "to";
            const auto text = required ? std::optional(table->required_text(key)) : table->text(key);
            if (!text || !table->has(key)) continue;
            if (auto set = set_probe_part(incident_.probe, key, text->text); !set)
                reader_.refuse(text->place, set.error());
        }
    }

    TomlReader& reader_;
    Incident incident_;
};

}  // namespace

bool is_service_request(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Result<Incident> parse_incident(std::string_view toml, const std::string& file) {
    auto reader = TomlReader::parse(toml, file, TomlQuotes::keys);
    if (!reader) return reader.error();
    Incident incident = IncidentFile(**reader).read();
    if (auto finished = (*reader)->finish(); !finished) return finished.error();
    return incident;
}

Result<void> add_endpoint(Incident& incident, std::string_view argument, const std::string& place) {
    auto named = parse_endpoint_argument(argument);
    if (!named) return usage(place, named.error().detail, named.error().remedy);
    EndpointSpec endpoint;
    endpoint.place = place;
    endpoint.target = std::move(named->target);
    endpoint.name = named->name.empty() ? name_for(incident, endpoint.target) : named->name;
    if (auto applied = apply_query(endpoint); !applied)
        return usage(place, "`" + applied.error().subject + "`: " + applied.error().detail, applied.error().remedy);
    if (const EndpointSpec* other = find_endpoint(incident, endpoint.name))
        return usage(place, "the endpoint name `" + endpoint.name + "` is taken by " + other->place,
                     "give it another name: NAME=TARGET");
    incident.endpoints.push_back(std::move(endpoint));
    return {};
}

namespace {

Result<void> within(std::string_view option, milliseconds value, milliseconds lowest, milliseconds highest) {
    if (value >= lowest && value <= highest) return {};
    const auto text = [](milliseconds t) {
        return t.count() % 60'000 == 0 && t.count() > 0 ? std::to_string(t.count() / 60'000) + "m"
               : t.count() % 1000 == 0                  ? std::to_string(t.count() / 1000) + "s"
                                                        : std::to_string(t.count()) + "ms";
    };
    return usage(std::string(option), text(value) + " is out of bounds",
                 "from " + text(lowest) + " to " + text(highest));
}

}  // namespace

Result<void> validate(const Incident& incident) {
    using namespace std::chrono_literals;
    if (incident.endpoints.empty())
        return usage("incident", "no endpoint is given",
                     "name the two devices: tacbundle collect hq=ssh://admin@192.0.2.1 "
                     "branch=ssh://admin@203.0.113.7");
    for (std::size_t i = 0; i < incident.endpoints.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (lowered(incident.endpoints[i].name) == lowered(incident.endpoints[j].name))
                return usage(
                    incident.endpoints[i].place,
                    "the endpoint name `" + incident.endpoints[i].name + "` is taken by " + incident.endpoints[j].place,
                    "names differ in more than upper and lower case");
    if (!incident.sr.empty() && !is_service_request(incident.sr))
        return usage("sr", "expected 1 to 32 letters, digits and hyphens");
    if (!incident.peer.empty() && !is_ip_address(incident.peer)) return usage("peer", "expected an IP address");

    const std::array<Result<void>, 5> limits{within("debug-window", incident.debug_window, 1s, 10min),
                                             within("settle", incident.settle, 0s, 10min),
                                             within("command-timeout", incident.command_timeout, 1s, 10min),
                                             within("connect-timeout", incident.connect_timeout, 1s, 10min),
                                             within("deadline", incident.deadline, 10s, 24h)};
    for (const auto& limit : limits)
        if (!limit) return limit.error();
    if (incident.cpu_limit < 1 || incident.cpu_limit > 100)
        return usage("cpu-limit", "expected a percentage from 1 to 100");
    if (incident.byte_limit < 4096)
        return usage("byte-limit", "less than 4096 bytes would cut every capture", "for example 64MiB");
    if (incident.parallel < 1 || incident.parallel > 1024) return usage("parallel", "expected 1 to 1024");

    const std::string& from = incident.probe.from;
    if (incident.probe.mode == ProbeSpec::Mode::given && from != "local" && is_endpoint_name(from) &&
        find_endpoint(incident, from) == nullptr)
        return usage("probe", "`from`: no endpoint is named `" + from + "`",
                     "an endpoint's name, local, or a workstation: ssh://user@" + from);
    return {};
}

}  // namespace formats
