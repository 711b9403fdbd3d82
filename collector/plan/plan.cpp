#include "collector/plan/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <tuple>

#include "collector/plan/workstation_lines.hpp"
#include "formats/platform/line_rules.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/text/sha256.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Impact;
using formats::Phase;
using formats::Profile;
using formats::Result;
using formats::Tells;

namespace {

/// What the lines we send stay below, so that no device scrolls its echo (device facts, section 11 item 4).
constexpr std::size_t longest_line = 100;
constexpr std::string_view context_slot = "{context}";

std::string_view words_for(Impact impact) {
    switch (impact) {
        case Impact::reads: return "reads";
        case Impact::session_setting: return "this session only";
        case Impact::debug: return "debug";
        case Impact::traffic: return "sends traffic";
        case Impact::drops_tunnels: return "DROPS TUNNELS";
        case Impact::drops_connections: return "DROPS CONNECTIONS";
        case Impact::ends_session: return "ends our session";
    }
    return "";
}

std::string_view words_for(Step step) {
    switch (step) {
        case Step::log_in: return "log in";
        case Step::identify: return "identify";
        case Step::before: return "before";
        case Step::arm: return "arm";
        case Step::window: return "window";
        case Step::reset: return "reset, if down";
        case Step::disarm: return "disarm, always";
        case Step::after: return "after";
        case Step::leave: return "leave";
    }
    return "";
}

bool is_digits(std::string_view value, std::size_t most) {
    return !value.empty() && value.size() <= most &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Of an interface or an access list.
bool is_object_name(std::string_view value) {
    return !value.empty() && value.size() <= 48 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.' || c == '/';
    });
}

/// The closed list of slots and what a value must be.
struct SlotType {
    std::string_view name;
    bool (*accepts)(std::string_view);
    std::string_view wants;
};
constexpr std::array<SlotType, 8> slot_types{{
    {"peer-address", formats::is_ip_address, "an IP address"},
    {"probe-source", formats::is_ip_address, "an IP address"},
    {"probe-destination", formats::is_ip_address, "an IP address"},
    {"inside-interface", is_object_name, "an interface name"},
    {"access-list", is_object_name, "the name of an access list"},
    {"child", is_object_name, "the name of a child of a connection"},
    {"context", is_object_name, "the name of a security context"},
    {"session-id", [](std::string_view value) { return is_digits(value, 6); }, "a session number"},
}};

bool is_allowed(formats::ResetScope scope, const formats::Incident& incident) {
    using formats::ResetScope;
    switch (scope) {
        case ResetScope::peer: return incident.allow_reset != formats::ResetConsent::none;
        case ResetScope::all_tunnels: return incident.allow_reset == formats::ResetConsent::all;
        case ResetScope::source_xlate:
        case ResetScope::all_xlates: return incident.allow_clear_xlate;
    }
    return false;
}

std::string_view purpose_of(formats::ResetScope scope) {
    using formats::ResetScope;
    switch (scope) {
        case ResetScope::peer: return "the tunnels with this peer";
        case ResetScope::all_tunnels: return "every tunnel of the device; asked for first";
        case ResetScope::source_xlate: return "the translations of the probe's source";
        case ResetScope::all_xlates: return "every translation; asked for first";
    }
    return "";
}

/// Where a password comes from. Of a command its program: an argument may be what nobody else has to know.
std::string in_words(const formats::SecretSource& source) {
    using Kind = formats::SecretSource::Kind;
    switch (source.kind) {
        case Kind::unset: return "";
        case Kind::environment: return "env:" + source.value;
        case Kind::file: return "file:" + source.value;
        case Kind::descriptor: return "fd:" + source.value;
        case Kind::prompt: return "prompt";
        case Kind::command: {
            const auto start = std::min(source.value.find_first_not_of(' '), source.value.size());
            const auto end = source.value.find(' ', start);
            return "command:" + source.value.substr(start, end - start) + (end == std::string::npos ? "" : "...");
        }
    }
    return "";
}

/// What a login takes beside its target; each begins with two blanks.
std::string login_in_words(const formats::EndpointSpec& spec) {
    std::string text = spec.legacy ? "  legacy algorithms allowed" : "";
    if (spec.one_time_password) text += "  one-time password";
    if (const std::string from = in_words(spec.password_from); !from.empty()) text += "  logs in with " + from;
    if (const std::string from = in_words(spec.enable_from); !from.empty()) text += "  enables with " + from;
    return text;
}

std::string in_words(const formats::ProbeSpec& probe) {
    using Kind = formats::ProbeSpec::Kind;
    if (probe.kind == Kind::icmp) return "icmp";
    return (probe.kind == Kind::tcp ? "tcp:" : "udp:") + std::to_string(probe.port);
}

std::string in_words(std::optional<formats::HostKeyPolicy> policy) {
    if (!policy) return "asked about on a terminal, else refused";
    switch (*policy) {
        case formats::HostKeyPolicy::ask: return "asked about";
        case formats::HostKeyPolicy::strict: return "refused";
        case formats::HostKeyPolicy::accept_new: return "accepted";
    }
    return "";
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string seconds(std::chrono::milliseconds time) {
    std::ostringstream text;
    text << static_cast<double>(time.count()) / 1000.0 << " s";
    return text.str();
}

}  // namespace

std::string_view name_of(Step step) {
    switch (step) {
        case Step::log_in: return "log-in";
        case Step::identify: return "identify";
        case Step::before: return "before";
        case Step::arm: return "arm";
        case Step::window: return "window";
        case Step::reset: return "reset";
        case Step::disarm: return "disarm";
        case Step::after: return "after";
        case Step::leave: return "leave";
    }
    return "";
}

bool may_debug(const formats::Incident& incident, const formats::EndpointSpec& endpoint) {
    return !incident.no_debug &&
           (endpoint.target.transport != formats::Transport::exec || incident.allow_console_debug);
}

EndpointPlan::EndpointPlan(const formats::EndpointSpec& endpoint, const Profile& profile,
                           const formats::Incident& incident)
    : endpoint_(endpoint.name), debugs_(!incident.no_debug), profile_(&profile) {
    const bool probes = incident.probe.mode != formats::ProbeSpec::Mode::none;
    const bool is_console = endpoint.target.transport == formats::Transport::exec;
    // Whatever program stands between a console and us, no list of the device tells which session is ours.
    const Profile::Sessions::Kind sessions = is_console ? Profile::Sessions::Kind{}
                                             : endpoint.target.transport == formats::Transport::telnet
                                                 ? profile.sessions.telnet
                                                 : profile.sessions.ssh;
    const auto add_show = [&](const Profile::Show& show, Step step, Phase phase) {
        const std::string id = std::string(name_of(phase)) + "/" + show.id;
        add({id, step, show.line, Impact::reads, "", show.since, InConfiguration::never, show.file, phase, show.end,
             show.extended, show.tells});
        add({id + "/otherwise", step, show.otherwise, Impact::reads, "when that is not known, or says nothing",
             show.since, InConfiguration::never, "", std::nullopt, show.end});
    };

    // SSH logs in by itself, but `enable` may ask for a name; elsewhere the login is part of the text.
    const bool is_ssh = endpoint.target.transport == formats::Transport::ssh;
    if (!is_ssh || !profile.enable.line.empty())
        add({"user", Step::log_in, endpoint.target.user, Impact::session_setting,
             is_ssh ? "only when enable asks for a user name" : "only when the device asks for a user name"});
    if (is_console)
        add({"leave-configuration", Step::log_in, profile.configuration.leave, Impact::session_setting,
             "only where the console was left in configuration mode", "", InConfiguration::at_once});
    add({"enable", Step::log_in, profile.enable.line, Impact::session_setting, "only at the user prompt"});
    // The one that the user names stands in the plan as it will be sent; the other is where a login may land.
    if (!endpoint.context.empty() && !profile.context.change.empty()) {
        std::string change = profile.context.change;
        if (const auto slot = change.find(context_slot); slot != std::string::npos)
            change.replace(slot, context_slot.size(), endpoint.context);
        add({"context", Step::log_in, std::move(change), Impact::session_setting, "the context of the tunnel"});
    }
    add({"pager-off", Step::log_in, profile.pager.off, Impact::session_setting, "no pager"});
    add({"version", Step::identify, profile.identify.version_line, Impact::reads, "platform and version"});

    add({"clock", Step::before, profile.clock.line, Impact::reads, "clock offset, twice"});
    for (const Profile::Show& show : profile.shows)
        if (show.before && (!show.extended || incident.extended)) add_show(show, Step::before, Phase::before);
    // A captured show tells it as well, without being sent twice.
    const bool captured = std::any_of(profile.shows.begin(), profile.shows.end(), [&](const Profile::Show& show) {
        return show.before && !show.extended && show.line == profile.standby.line;
    });
    if (!captured) add({"standby", Step::before, profile.standby.line, Impact::reads, "a standby unit: shows only"});
    add({"sessions", Step::before, sessions.list, Impact::reads, "who is on the device"});
    add({"cpu", Step::before, profile.cpu.line, Impact::reads, "load, before arming and in the window"});
    // Keys in clear cross the network encrypted or not at all.
    if (incident.compare_keys && endpoint.target.transport == formats::Transport::ssh)
        add({"keys", Step::before, profile.keys.line, Impact::reads, "keys in clear; only their tokens are kept"});
    if (incident.allow_reset == formats::ResetConsent::all || incident.allow_clear_xlate) {
        add({"counts/connections", Step::before, profile.counts.connections, Impact::reads,
             "what a full reset will drop"});
        add({"counts/translations", Step::before, profile.counts.translations, Impact::reads,
             "what a full reset will drop"});
    }
    add({"before/debug-state", Step::before, profile.debug.state, Impact::reads, "debugs that are on already", "",
         InConfiguration::never, "show-debug.txt", Phase::before, "", false, Tells::debug_state});

    if (may_debug(incident, endpoint)) {
        const Profile::Debug& debug = profile.debug;
        // A console keeps its mode, and what stands there half typed, when its session is closed.
        const bool configures = incident.allow_config_mode && !profile.configuration.enter.empty() && !is_console;
        const InConfiguration typed = configures ? InConfiguration::echoed : InConfiguration::never;
        if (configures) {
            add({"configure", Step::arm, profile.configuration.enter, Impact::session_setting,
                 "only where it refuses debug or clear at the prompt: from there these, and nothing else"});
            add({"configure/leave", Step::arm, profile.configuration.leave, Impact::session_setting,
                 "out of it again, at once", "", typed});
        }
        for (const Profile::Hindrance& hindrance : debug.hindrances)
            add({"hindrance/" + hindrance.id, Step::arm, hindrance.line, Impact::reads,
                 "not armed if " + hindrance.reason});
        add({"condition-state", Step::arm, debug.condition_state, Impact::reads, "conditions others have set",
             debug.condition_since});
        add({"condition-on", Step::arm, debug.condition_on, Impact::debug, "limit debugs to the peer",
             debug.condition_since});
        for (const Profile::DebugItem& item : debug.items)
            add({"rehearse/" + item.id, Step::arm, item.off, Impact::debug, "is the undo allowed? once, before arming",
                 item.since, typed});
        add({"arm/follow", Step::arm, debug.follow, Impact::reads,
             "the log as it grows, in a session of its own; Ctrl-C ends it"});
        add({"screen-on", Step::arm, debug.screen_on, Impact::session_setting, "show debugs in this session"});
        for (const Profile::DebugItem& item : debug.items)
            add({"arm/" + item.id, Step::arm, item.on, Impact::debug,
                 item.needs.empty() ? "" : "if the configuration has use for it", item.since, typed});
        add({"arm/state", Step::arm, debug.state, Impact::reads, "proof that it is on"});
        add({"arm/fence", Step::arm, debug.fence, Impact::reads, "fence: everything before it has arrived"});

        if (probes) {
            add({"probe/trace", Step::window, profile.probe.trace, Impact::traffic,
                 "interesting traffic: starts the negotiation", profile.probe.trace_since});
            add({"probe/ping", Step::window, profile.probe.ping, Impact::traffic, "interesting traffic: one ping"});
        }
        for (const Profile::Show& show : profile.shows)
            if (show.during)
                add({"during/" + show.id, Step::window, show.line, Impact::reads, "polled", show.since,
                     InConfiguration::never, show.file, Phase::during, "", false, show.tells});

        for (const formats::ResetScope scope : {formats::ResetScope::peer, formats::ResetScope::all_tunnels,
                                                formats::ResetScope::source_xlate, formats::ResetScope::all_xlates})
            for (const Profile::Reset& reset : profile.resets)
                if (reset.scope == scope && is_allowed(scope, incident))
                    add({"reset/" + reset.id, Step::reset, reset.line,
                         scope < formats::ResetScope::source_xlate ? Impact::drops_tunnels : Impact::drops_connections,
                         std::string(purpose_of(scope)), reset.since,
                         scope < formats::ResetScope::source_xlate ? typed : InConfiguration::never});

        for (auto item = debug.items.rbegin(); item != debug.items.rend(); ++item)
            add({"disarm/" + item->id, Step::disarm, item->off, Impact::debug, "", item->since, typed});
        add({"disarm/state", Step::disarm, debug.state, Impact::reads, "proof that it is off"});
        add({"disarm/fence", Step::disarm, debug.fence, Impact::reads, "fence: the empty answer was the answer"});
        add({"condition-off", Step::disarm, debug.condition_off, Impact::debug, "only if set by us",
             debug.condition_since});
        add({"screen-off", Step::disarm, debug.screen_off, Impact::session_setting, "as it was"});
        add({"end-session", Step::disarm, sessions.end, Impact::ends_session,
             "only our own lost session, when it lingers"});
        if (configures)
            add({"configuration-proof", Step::after, profile.configuration.proof, Impact::reads,
                 "only after configuration mode: that nothing was changed"});
    }

    for (const Profile::Show& show : profile.shows)
        if (show.after && (!show.extended || incident.extended)) add_show(show, Step::after, Phase::after);
    add({"after/debug-state", Step::after, profile.debug.state, Impact::reads, "debugs that are still on", "",
         InConfiguration::never, "show-debug.txt", Phase::after, "", false, Tells::debug_state});
    if (find("context") != nullptr) {
        add({"context/system", Step::leave, profile.context.system, Impact::session_setting,
             "back, when it came from the system space"});
        add({"context/back", Step::leave, profile.context.change, Impact::session_setting,
             "back, when it came from a context"});
    }
    add({"leave", Step::leave, profile.leave.line, Impact::ends_session, "log out, seen"});
}

void EndpointPlan::add(PlannedItem item) {
    if (item.line.empty()) return;
    const bool reads =
        item.impact == Impact::reads && formats::needs_further_verb(item.line, formats::LineUse::reading);
    const bool serves = item.impact == Impact::session_setting && item.id != "user" &&
                        !profile_->further_verbs.empty() &&
                        formats::needs_further_verb(item.line, formats::LineUse::session) &&
                        formats::needs_further_verb(item.line, formats::LineUse::debugging);
    if (!profile_->further_verbs.empty() && (reads || serves))
        item.purpose += (item.purpose.empty() ? "" : "; ") + std::string("HARMLESS BY THE PROFILE'S WORD ALONE");
    items_->push_back(std::move(item));
}

std::vector<const PlannedItem*> EndpointPlan::items_of(Step step) const {
    std::vector<const PlannedItem*> found;
    for (const PlannedItem& item : *items_)
        if (item.step == step) found.push_back(&item);
    return found;
}

const PlannedItem* EndpointPlan::find(std::string_view id) const {
    const auto item = std::find_if(items_->begin(), items_->end(), [&](const PlannedItem& i) { return i.id == id; });
    return item == items_->end() ? nullptr : &*item;
}

const PlannedItem* EndpointPlan::find(Step step, Tells tells) const {
    const auto item = std::find_if(items_->begin(), items_->end(), [&](const PlannedItem& i) {
        return i.step == step && i.phase && i.tells == tells && !i.extended;
    });
    return item == items_->end() ? nullptr : &*item;
}

std::vector<formats::CaptureRecord> EndpointPlan::captures() const {
    std::vector<formats::CaptureRecord> captures;
    const auto add = [&](std::string id, Phase phase, std::string command, Tells role, const std::string& file) {
        formats::CaptureRecord& capture = captures.emplace_back();
        capture.id = std::move(id);
        capture.phase = phase;
        capture.command = std::move(command);
        capture.role = role;
        capture.planned_file = formats::capture_member(endpoint_, phase, file);
    };
    for (const PlannedItem& item : *items_) {
        if (!item.phase) continue;
        add(item.id, *item.phase, item.line, item.tells, item.file);
        captures.back().is_optional = item.extended;
    }
    if (debugs_) add(debug_capture_id, Phase::debug, "", Tells::debug, "debug-crypto.txt");
    return captures;
}

Result<PlannedLine> EndpointPlan::line(std::string_view id, const Slots& slots) const {
    const PlannedItem* item = find(id);
    if (item == nullptr)
        return Error{ErrorKind::plan, endpoint_, "the plan has no line \"" + std::string(id) + "\"", {}};

    std::string text;
    std::string_view rest = item->line;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const auto close = rest.find('}', open);
        const std::string name(rest.substr(open + 1, close == std::string_view::npos ? 0 : close - open - 1));
        const auto* type =
            std::find_if(slot_types.begin(), slot_types.end(), [&](const SlotType& t) { return t.name == name; });
        const auto value = slots.find(name);
        if (type == slot_types.end() || value == slots.end())
            return Error{ErrorKind::plan, endpoint_, "no value for {" + name + "} in \"" + item->line + "\"", {}};
        if (!type->accepts(value->second))
            return Error{ErrorKind::plan,
                         endpoint_,
                         "{" + name + "} must be " + std::string(type->wants) + " in \"" + item->line + "\"",
                         {}};
        text += rest.substr(0, open);
        text += value->second;
        rest.remove_prefix(close + 1);
    }
    text += rest;
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable || text.size() > longest_line)
        return Error{ErrorKind::plan, endpoint_, "the line \"" + item->line + "\" is not one that can be sent", {}};

    PlannedLine line;
    line.text_ = std::move(text);
    line.endpoint_ = endpoint_;
    line.id_ = item->id;
    line.impact_ = item->impact;
    line.in_configuration_ = item->in_configuration;
    return line;
}

Result<Plan> Plan::make(const formats::Incident& incident, const std::vector<Profile>& profiles) {
    Plan plan;
    plan.incident_ = incident;
    // By what stands in the lines: the profile and, of the endpoint, the way there, the name that is typed and the
    // context. A hub and its two hundred spokes have one list.
    std::map<std::tuple<const Profile*, formats::Transport, std::string, std::string>, EndpointPlan> lists;
    for (const formats::EndpointSpec& endpoint : incident.endpoints) {
        std::vector<EndpointPlan> candidates;
        for (const Profile& profile : profiles) {
            if (endpoint.platform != "auto" && endpoint.platform != profile.name) continue;
            const auto [list, is_new] =
                lists.try_emplace({&profile, endpoint.target.transport, endpoint.target.user, endpoint.context},
                                  endpoint, profile, incident);
            candidates.emplace_back(endpoint.name, list->second);
        }
        if (candidates.empty()) {
            std::vector<std::string> known;
            for (const Profile& profile : profiles) known.push_back(profile.name);
            return Error{ErrorKind::usage, endpoint.place,
                         "endpoint " + endpoint.name + ": platform \"" + endpoint.platform + "\" is not there",
                         "known platforms: auto, " + joined(known)};
        }
        const bool has_contexts = std::any_of(candidates.begin(), candidates.end(), [](const EndpointPlan& c) {
            return !c.profile().context.change.empty();
        });
        if (!endpoint.context.empty() && !has_contexts)
            return Error{ErrorKind::usage, endpoint.place,
                         "endpoint " + endpoint.name + ": platform " + endpoint.platform + " has no contexts",
                         "leave `context` out"};
        plan.endpoints_.push_back(std::move(candidates));
    }
    return plan;
}

std::string Plan::body() const {
    std::ostringstream text;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        const formats::EndpointSpec& spec = incident_.endpoints[i];
        text << '\n' << spec.name << "  " << spec.target.written << login_in_words(spec) << '\n';
        if (!spec.peer_address.empty()) text << "  its peer is " << spec.peer_address << '\n';
        for (const EndpointPlan& candidate : endpoints_[i]) {
            const Profile& profile = candidate.profile();
            text << "  " << (endpoints_[i].size() > 1 ? "if it is " : "as ") << profile.name << " (" << profile.title
                 << ", profile " << profile.digest.substr(0, 12) << ")\n";
            Step step{};
            bool first = true;
            for (const PlannedItem& item : candidate.items()) {
                std::string heading;
                if (first || item.step != step) heading = words_for(item.step);
                first = false;
                step = item.step;
                heading.resize(std::max<std::size_t>(heading.size(), 15), ' ');
                std::string line = item.line;
                line.resize(std::max<std::size_t>(line.size(), 46), ' ');
                std::string impact(words_for(item.impact));
                std::string note = item.purpose;
                if (!item.since.empty()) note += (note.empty() ? "" : "; ") + ("from " + item.since);
                text << "    " << heading << ' ' << line << ' ' << impact;
                if (!note.empty()) text << std::string(impact.size() < 18 ? 18 - impact.size() : 1, ' ') << note;
                text << '\n';
            }
        }
    }
    text << "\nBesides these lines: a password, only when the device's own password prompt is the last thing it\n"
            "sent, and the keys CR, SPACE, q, Ctrl-C.\n";
    if (incident_.start_at)
        text << "\nstart\n  the devices are logged in to and looked at as soon as it is run, and armed at "
             << formats::to_seconds(*incident_.start_at) << '\n';
    text << "\nlimits\n  debug window " << seconds(incident_.debug_window) << ", settle " << seconds(incident_.settle)
         << ", command " << seconds(incident_.command_timeout) << ", login " << seconds(incident_.connect_timeout)
         << ", whole run " << seconds(incident_.deadline) << "\n  not armed at CPU " << incident_.cpu_limit
         << " % or above, at most " << incident_.byte_limit << " bytes a capture\n  unknown host keys are "
         << in_words(incident_.host_key) << '\n';
    text << "probe\n  ";
    switch (incident_.probe.mode) {
        case formats::ProbeSpec::Mode::none: text << "none: real traffic is waited for"; break;
        case formats::ProbeSpec::Mode::automatic:
            text << "auto: chosen from the configurations; see the lines under \"window\"";
            break;
        case formats::ProbeSpec::Mode::given: {
            const auto workstation = workstation_of(incident_);
            const bool is_outside = workstation && *workstation;
            text << in_words(incident_.probe) << " from "
                 << (is_outside ? (*workstation)->target.written : incident_.probe.from) << " to "
                 << incident_.probe.to;
            if (!incident_.probe.source.empty()) text << ", source " << incident_.probe.source;
            if (is_outside) {
                text << login_in_words(**workstation)
                     << "; run on the workstation, the first of each kind that it has; where it only gives a shell, `"
                     << workstation_shell << "` and these, each with `; echo` and a number behind it:";
                for (const std::string& line : workstation_lines(incident_.probe)) text << "\n    " << line;
            }
            break;
        }
    }
    text << "\ninteresting traffic\n  read from each configuration: what the access list of the crypto map entry for "
         << (incident_.peer.empty() ? "the other end" : incident_.peer)
         << " permits;\n  `tacbundle check --explain` shows it\n";
    text << "reset\n  ";
    switch (incident_.allow_reset) {
        case formats::ResetConsent::none: text << "no tunnel is reset"; break;
        case formats::ResetConsent::peer: text << "this peer's tunnels"; break;
        case formats::ResetConsent::all:
            text << "this peer's tunnels, then EVERY tunnel of each device that is allowed by name";
            break;
    }
    text << (incident_.allow_clear_xlate ? ", then translations\n" : "\n");
    if (!incident_.reset_drops_all_tunnels.empty())
        text << "  every tunnel may be dropped at: " << joined(incident_.reset_drops_all_tunnels) << '\n';
    if (!incident_.clear_xlate_drops_connections.empty())
        text << "  connections may be dropped at: " << joined(incident_.clear_xlate_drops_connections) << '\n';
    if (incident_.allow_reset != formats::ResetConsent::none || incident_.allow_clear_xlate)
        text << "  only while the tunnel is down, 15 s after the last probe packet; after each line up to 30 s of "
                "probing,\n"
                "  never more than the debug window; at most 10 min of debugging in all\n";
    return text.str();
}

std::string Plan::digest() const {
    // A command that gives a password is shown by its program alone; which arguments it gets counts as well.
    std::string covered = body();
    const auto add = [&](const formats::EndpointSpec& login) {
        for (const formats::SecretSource* source : {&login.password_from, &login.enable_from})
            if (source->kind == formats::SecretSource::Kind::command) covered += '\n' + source->value;
    };
    for (const formats::EndpointSpec& endpoint : incident_.endpoints) add(endpoint);
    if (const auto workstation = workstation_of(incident_); workstation && *workstation) add(**workstation);
    return formats::sha256_of(covered);
}

std::string Plan::text() const {
    std::vector<std::string> names;
    for (const formats::EndpointSpec& endpoint : incident_.endpoints) names.push_back(endpoint.name);
    return "Every line that may be sent. Nothing else can be.\n" + ("endpoints  " + joined(names)) + "\ndigest     " +
           digest() + "\n" + body();
}

}  // namespace collector
