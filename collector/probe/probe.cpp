#include "collector/probe/probe.hpp"

#include <algorithm>

#include "collector/plan/workstation_lines.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/text/pattern.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::ProbeSpec;
using formats::Result;

namespace {

constexpr milliseconds ping_every{1'000};
/// packet-tracer starts a negotiation; asking again while it runs tells nothing new.
constexpr milliseconds trace_every{3'000};

bool has_line(const ProbeEnd& endpoint, std::string_view id) {
    const PlannedItem* item = endpoint.plan.find(id);
    return item != nullptr && (item->since.empty() || formats::compare_versions(endpoint.version, item->since) >= 0);
}

/// This platform starts a negotiation by the name of a connection's child, not by a packet.
bool is_about_children(const ProbeEnd& endpoint) {
    const PlannedItem* item = endpoint.plan.find("probe/trace");
    return item != nullptr && item->line.find("{child}") != std::string::npos;
}

bool is_from_endpoint(const formats::Incident& incident) {
    return std::any_of(incident.endpoints.begin(), incident.endpoints.end(),
                       [&](const auto& endpoint) { return endpoint.name == incident.probe.from; });
}

/// The configuration of the other end of this endpoint's tunnel, when it was read.
const formats::CryptoConfig* other_end(const std::vector<ProbeEnd>& endpoints, const ProbeEnd& endpoint) {
    for (const ProbeEnd& other : endpoints)
        if (other.index != endpoint.index && !endpoint.tunnel.peer().empty() && other.is_up &&
            (endpoints.size() == 2 || endpoint.index == 0 || other.index == 0))
            return &other.configuration;
    return nullptr;
}

std::string text_of(const std::optional<std::uint32_t>& address) {
    return address ? formats::ipv4_text(*address) : std::string();
}

/// The interface that has this address; empty: none.
std::string interface_with(const formats::CryptoConfig& configuration, const std::string& address) {
    const auto wanted = formats::parse_ipv4(address);
    for (const formats::ConfigInterface& interface : configuration.interfaces)
        if (wanted && interface.address == wanted) return interface.name;
    return {};
}

std::string name_of(ProbeSpec::Kind kind) {
    return kind == ProbeSpec::Kind::icmp ? "icmp" : kind == ProbeSpec::Kind::tcp ? "tcp" : "udp";
}

std::string with_source(const std::string& source) { return source.empty() ? std::string() : " source " + source; }

}  // namespace

Result<void> Probe::is_supported(const formats::Incident& incident) {
    if (incident.probe.mode != ProbeSpec::Mode::given) return {};
    if (const auto workstation = workstation_of(incident); !workstation) return workstation.error();
    if (is_from_endpoint(incident) && incident.probe.kind != ProbeSpec::Kind::icmp)
        return Error{ErrorKind::usage, "probe", "a device probes by icmp only",
                     "leave `kind` out, or probe from a workstation"};
    return {};
}

void Probe::give_up(std::string why) {
    reasons_.push_back(why);
    why_not_ = std::move(why);
}

Probe::Sources Probe::sources_of(const ProbeEnd& endpoint, const formats::ProbeChoice& choice) {
    const Sources chosen{choice.inside_interface, text_of(choice.source), choice.inside_interface,
                         choice.own_ping_matches ? text_of(choice.own_source) : std::string()};
    if (spec_.source.empty()) return chosen;
    // A packet that claims to come from the device itself is dropped by its packet-tracer [device facts, section 11 item
    // 35]; its own ping is what leaves from there.
    if (const std::string own = interface_with(endpoint.configuration, spec_.source); !own.empty()) {
        if (has_line(endpoint, "probe/ping")) return {own, {}, own, spec_.source};
        give_up(endpoint.name + ": " + spec_.source + " is its own address, and it has no ping of its own");
        return {};
    }
    if (has_line(endpoint, "probe/trace")) return {choice.inside_interface, spec_.source, {}, {}};
    give_up(endpoint.name + ": it pings from its own addresses only, and " + spec_.source + " is none of them");
    return {};
}

void Probe::add_way(const ProbeEnd& endpoint, const Sources& sources, const std::string& to) {
    const auto line = [&](const char* id, const std::string& interface,
                          const std::string& from) -> std::optional<PlannedLine> {
        if (from.empty() || interface.empty() || !has_line(endpoint, id)) return std::nullopt;
        auto made = endpoint.plan.line(
            id, {{"inside-interface", interface}, {"probe-source", from}, {"probe-destination", to}});
        if (!made) return std::nullopt;
        return std::move(*made);
    };
    Way way{endpoint.index,
            line("probe/trace", sources.interface, sources.behind),
            line("probe/ping", sources.own_interface, sources.own),
            endpoint.name,
            {},
            to,
            endpoint.plan.profile().probe.success};
    if (!way.starts) way.starts = way.passes;
    if (!way.starts) return;
    way.source = way.starts->id() == "probe/trace" ? sources.behind : sources.own;
    if (explanation_.empty()) explanation_ = endpoint.name + " sends \"" + way.starts->text() + "\"";
    ways_.push_back(std::move(way));
}

void Probe::add_initiation(const ProbeEnd& endpoint) {
    const std::vector<std::string> children = endpoint.tunnel.children();
    if (children.size() > 1 && endpoint.tunnel.peer().empty()) {
        reasons_.push_back(endpoint.name + ": several connections and no peer-address: none is started");
        return;
    }
    if (children.empty()) {
        reasons_.push_back(endpoint.name + ": no child of a connection leads to the peer");
        return;
    }
    auto line = endpoint.plan.line("probe/trace", {{"child", children.front()}});
    if (!line) {
        reasons_.push_back(line.error().message());
        return;
    }
    reasons_.push_back(endpoint.name + ": child " + children.front() + " leads to the peer by its list of connections");
    if (explanation_.empty()) explanation_ = endpoint.name + " sends \"" + line->text() + "\"";
    ways_.push_back(
        {endpoint.index, std::move(*line), std::nullopt, endpoint.name, {}, children.front(), {}, "initiate"});
}

Probe Probe::choose(const formats::Incident& incident, const std::vector<ProbeEnd>& endpoints,
                    std::unique_ptr<ProbeSender> sender, const std::string& why_not) {
    Probe probe;
    const ProbeSpec& spec = probe.spec_ = incident.probe;
    probe.endpoints_ = static_cast<unsigned>(endpoints.size());
    probe.sender_ = std::move(sender);
    if (spec.mode == ProbeSpec::Mode::none) {
        probe.explanation_ = "no probe: waiting for real traffic";
        return probe;
    }
    // Where debugs are on, whoever could not be armed has no window to probe in.
    const bool armed = std::any_of(endpoints.begin(), endpoints.end(), [](const ProbeEnd& e) { return e.is_armed; });
    for (const ProbeEnd& endpoint : endpoints) {
        const bool is_asked = spec.mode == ProbeSpec::Mode::given && spec.from == endpoint.name;
        if (!endpoint.is_up || (armed && !endpoint.is_armed)) {
            if (is_asked)
                probe.give_up(endpoint.name + (endpoint.is_up ? ": no debug is on there that would record it"
                                                              : ": it was not reached"));
            continue;
        }
        if (is_about_children(endpoint)) {
            if (spec.mode == ProbeSpec::Mode::automatic) probe.add_initiation(endpoint);
            continue;
        }
        const formats::ProbeChoice choice =
            formats::choose_probe(endpoint.configuration, other_end(endpoints, endpoint), endpoint.tunnel.peer());
        for (const std::string& reason : choice.reasons) probe.reasons_.push_back(endpoint.name + ": " + reason);
        const std::string source = !spec.source.empty() ? spec.source : text_of(choice.source);
        const auto behind = formats::parse_ipv4(source);
        if (behind && choice.pair && choice.pair->source.contains(*behind)) probe.sources_[endpoint.index] = source;
        if (spec.mode == ProbeSpec::Mode::given && !is_asked) continue;
        const std::string to = !spec.to.empty() ? spec.to : text_of(choice.destination);
        if (to.empty()) {
            if (is_asked) probe.give_up(endpoint.name + ": its configuration names no address to send to");
            continue;
        }
        const std::size_t ways = probe.ways_.size();
        probe.add_way(endpoint, probe.sources_of(endpoint, choice), to);
        if (is_asked && probe.ways_.size() == ways && probe.why_not_.empty())
            probe.give_up(endpoint.name + ": it cannot send that by itself" +
                          (choice.reasons.empty() ? "" : ": " + choice.reasons.back()));
    }
    if (probe.sender_)
        probe.explanation_ = probe.sender_->name() + ": " + probe.sender_->sends(spec);
    else if (!why_not.empty())
        probe.why_not_ = why_not;
    if (!probe.sender_ && probe.ways_.empty() && !probe.why_not_.empty())
        probe.explanation_ = "no probe: " + probe.why_not_ + "; pass traffic through the tunnel by hand now";
    else if (!probe.sender_ && probe.ways_.empty())
        probe.explanation_ =
            "no probe: no endpoint can send interesting traffic by itself; pass traffic through the tunnel by hand now";
    return probe;
}

void Probe::write_to(formats::Capture evidence) {
    evidence_ = std::make_unique<formats::Capture>(std::move(evidence));
    note("# " + explanation_);
    for (const std::string& reason : reasons_) note("#   " + reason);
}

void Probe::note(const std::string& line) {
    const std::scoped_lock lock(*writing_);
    if (evidence_) evidence_->note(line);
}

std::string Probe::source_behind(std::size_t endpoint) const {
    const auto found = sources_.find(endpoint);
    return found == sources_.end() ? std::string() : found->second;
}

milliseconds Probe::quiet_left(milliseconds quiet) const {
    if (!last_) return milliseconds{0};
    const auto left = std::chrono::ceil<milliseconds>(*last_ + quiet - std::chrono::steady_clock::now());
    return std::max(left, milliseconds{0});
}

void Probe::begin_round() { sent_through_ = answered_ = 0; }

formats::ProbeRecord& Probe::record_of(const std::string& from, const std::string& source, const std::string& to,
                                       const std::string& kind) {
    for (formats::ProbeRecord& record : records_)
        if (record.from == from && record.kind == kind) return record;
    formats::ProbeRecord record;
    record.from = from;
    record.source = source;
    record.to = to;
    record.kind = kind;
    record.outcome = "not sent";
    record.started = formats::utc_now();
    record.file = evidence_ ? evidence_->member() : "";
    records_.push_back(std::move(record));
    return records_.back();
}

bool Probe::is_due(const Window& window, milliseconds every) const {
    return window.is_open() && (!last_ || std::chrono::steady_clock::now() >= *last_ + every);
}

/// One attempt, with the turn held.
void Probe::send(formats::ProbeRecord& record, Window& window, bool is_real, const std::string& as, const Send& send) {
    const bool through = is_real && (window.is_reached() || window.goal() == WindowGoal::replies);
    note("--- " + formats::to_iso(formats::utc_now()) + " from " + record.from + with_source(record.source) + " to " +
         record.to + " by " + record.kind + ": " + as);
    last_ = std::chrono::steady_clock::now();
    const auto answer = send();
    record.ended = formats::utc_now();
    if (through && answer) ++sent_through_;
    {
        const std::scoped_lock lock(*writing_);
        if (evidence_ && answer) evidence_->take(answer->text);
        for (std::size_t endpoint = 0; endpoint < endpoints_; ++endpoint) unseen_.insert(endpoint);
    }
    note("    " + formats::to_iso(*record.ended) + " " +
         (!answer               ? "not sent, or given up: " + answer.error().detail
          : answer->is_answered ? "answered"
          : is_real             ? "no answer"
                                : "done"));
    if (!answer) return;
    if (record.outcome == "not sent") record.outcome = "sent";
    if (!answer->is_answered) return;
    ++answered_;
    record.outcome = "answered";
    window.traffic_is_answered();
}

void Probe::attempt(std::size_t endpoint, Window& window, const Ask& ask) {
    const std::unique_lock turn(*turn_, std::try_to_lock);
    if (!turn || ways_.empty()) return;
    const Way& way = ways_[ways_.size() > 1 && window.is_past_half() ? 1 : 0];
    if (way.endpoint != endpoint) return;
    // A tunnel that stands needs no packet to start it, but one to show that it carries traffic.
    const bool stands = window.is_reached() || window.goal() == WindowGoal::replies;
    const auto& line = stands ? way.passes : way.starts;
    if (!line || (window.is_reached() && answered_ > 0)) return;
    const bool is_ping = line->id() == "probe/ping";
    // Without a pattern for its answer, a ping that is answered cannot be told from one that is not.
    const bool is_told = is_ping && !way.success.empty();
    if (!is_due(window, is_ping ? ping_every : trace_every)) return;
    send(record_of(way.from, way.source, way.to, is_ping ? "ping" : way.starts_kind), window, is_told, line->text(),
         [&]() -> Result<ProbeAnswer> {
             const auto text = ask(*line);
             if (!text) return text.error();
             const auto percent = is_told ? formats::find_pattern(way.success, *text) : std::nullopt;
             return ProbeAnswer{percent && *percent != "0", *text};
         });
}

void Probe::run(Window& window) {
    while (window.is_open()) {
        const auto next = std::chrono::steady_clock::now() + ping_every;
        if (const std::unique_lock turn(*turn_, std::try_to_lock);
            turn && is_due(window, ping_every) && !(window.is_reached() && answered_ > 0)) {
            send(record_of(sender_->name(), spec_.source, spec_.to, name_of(spec_.kind)), window, true,
                 sender_->sends(spec_), [&] { return sender_->send(spec_, window.patience()); });
        }
        const auto pause = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now());
        if (pause.count() > 0 && !wait_for(-1, window.patience().at_most(pause))) return;
    }
}

void Probe::saw(std::size_t endpoint, const std::string& name, const formats::TunnelState& state) {
    {
        const std::scoped_lock lock(*writing_);
        if (unseen_.erase(endpoint) == 0) return;
    }
    note("    " + formats::to_iso(formats::utc_now()) + " tunnel on " + name + " after it: " +
         std::string(name_of(state.stage)) + (state.phase1_state.empty() ? "" : ", phase 1 " + state.phase1_state) +
         ", " + std::to_string(state.encaps) + " packets out, " + std::to_string(state.decaps) + " in");
}

Result<std::vector<formats::ProbeRecord>> Probe::finish() {
    if (spec_.mode == ProbeSpec::Mode::given && records_.empty()) {
        formats::ProbeRecord& record =
            record_of(sender_ ? sender_->name() : spec_.from, spec_.source, spec_.to, name_of(spec_.kind));
        record.ended = record.started;
        record.outcome = "not sent: " + (why_not_.empty() ? "no window was open for it" : why_not_);
    }
    if (evidence_)
        if (auto finished = evidence_->finish(); !finished) return finished.error();
    return records_;
}

}  // namespace collector
