#include "collector/probe/probe.hpp"

#include <algorithm>

#include "collector/endpoint.hpp"
#include "formats/cisco/probe_choice.hpp"
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

bool has_line(const Endpoint& endpoint, std::string_view id) {
    const PlannedItem* item = endpoint.plan().find(id);
    return item != nullptr && (item->since.empty() || formats::compare_versions(endpoint.version(), item->since) >= 0);
}

}  // namespace

Result<void> Probe::is_supported(const formats::Incident& incident) {
    const ProbeSpec& probe = incident.probe;
    if (probe.mode != ProbeSpec::Mode::given) return {};
    const auto refuse = [](std::string detail, std::string remedy) -> Result<void> {
        return Error{ErrorKind::usage, "probe", std::move(detail), std::move(remedy)};
    };
    const bool from_endpoint = std::any_of(incident.endpoints.begin(), incident.endpoints.end(),
                                           [&](const auto& endpoint) { return endpoint.name == probe.from; });
    if (!from_endpoint)
        return refuse("a probe from `" + probe.from + "` is not built yet",
                      "use `auto`, an endpoint's name, or `none` and pass traffic by hand while the window is open");
    if (probe.kind != ProbeSpec::Kind::icmp)
        return refuse("a device probes by icmp only", "leave `kind` out, or use `none` and pass traffic by hand");
    return {};
}

void Probe::add_way(const Endpoint& endpoint, const std::string& interface, const std::string& source, const std::string& to, bool trace) {
    auto line = endpoint.plan().line(trace ? "probe/trace" : "probe/ping", {{"inside-interface", interface},
                                                                            {"probe-source", source},
                                                                            {"probe-destination", to}});
    if (!line) return;
    if (explanation_.empty()) explanation_ = endpoint.name() + " sends \"" + line->text() + "\"";
    ways_.push_back({endpoint.index(), std::move(*line), endpoint.name(), source, to, trace ? "packet-tracer" : "ping",
                     endpoint.plan().profile().probe.success, trace ? trace_every : ping_every});
}

Probe Probe::choose(const formats::Incident& incident, const std::vector<Endpoint>& endpoints) {
    Probe probe;
    const ProbeSpec& spec = incident.probe;
    if (spec.mode == ProbeSpec::Mode::none) {
        probe.explanation_ = "no probe: waiting for real traffic";
        return probe;
    }
    std::string why_not;
    for (const Endpoint& endpoint : endpoints) {
        if (!endpoint.is_armed()) continue;
        if (spec.mode == ProbeSpec::Mode::given && spec.from != endpoint.name()) continue;
        const formats::CryptoConfig* there = nullptr;
        for (const Endpoint& other : endpoints)
            if (other.index() != endpoint.index() && !endpoint.peer().empty() && other.is_up() &&
                (endpoints.size() == 2 || endpoint.index() == 0 || other.index() == 0)) {
                there = &other.configuration();
                break;
            }
        const formats::ProbeChoice choice = formats::choose_probe(endpoint.configuration(), there, endpoint.peer());
        const std::string source = !spec.source.empty() ? spec.source : choice.source ? formats::ipv4_text(*choice.source) : "";
        const std::string to = !spec.to.empty() ? spec.to : choice.destination ? formats::ipv4_text(*choice.destination) : "";
        if (choice.inside_interface.empty() || to.empty()) {
            for (const std::string& reason : choice.reasons) why_not += (why_not.empty() ? "" : "; ") + endpoint.name() + ": " + reason;
            continue;
        }
        if (has_line(endpoint, "probe/trace") && !source.empty())
            probe.add_way(endpoint, choice.inside_interface, source, to, true);
        else if (has_line(endpoint, "probe/ping") && choice.own_ping_matches)
            probe.add_way(endpoint, choice.inside_interface, choice.own_source ? formats::ipv4_text(*choice.own_source) : "", to, false);
    }
    if (probe.ways_.empty())
        probe.explanation_ = "no probe: " + (why_not.empty() ? "no endpoint can send interesting traffic by itself" : why_not) +
                             "; pass traffic through the tunnel by hand now";
    return probe;
}

formats::ProbeRecord& Probe::record_of(const Way& way) {
    for (formats::ProbeRecord& record : records_)
        if (record.from == way.from && record.kind == way.kind) return record;
    formats::ProbeRecord record;
    record.from = way.from;
    record.source = way.source;
    record.to = way.to;
    record.kind = way.kind;
    record.outcome = "sent";
    record.started = formats::utc_now();
    record.file = evidence_ ? evidence_->member() : "";
    records_.push_back(std::move(record));
    return records_.back();
}

void Probe::attempt(std::size_t endpoint, const Window& window, const Ask& ask) {
    const std::scoped_lock turn(*turn_);
    if (ways_.empty() || !window.is_open() || window.is_up_everywhere()) return;
    const Way& way = ways_[ways_.size() > 1 && window.is_past_half() ? 1 : 0];
    const auto now = std::chrono::steady_clock::now();
    if (way.endpoint != endpoint || (last_ && now < *last_ + way.every)) return;
    last_ = now;

    formats::ProbeRecord& record = record_of(way);
    const auto note = [&](std::string_view line) {
        if (evidence_) evidence_->note(line);
    };
    note("--- " + formats::to_iso(formats::utc_now()) + " from " + way.from + (way.source.empty() ? "" : " source " + way.source) + " to " +
         way.to + " by " + way.kind + ": " + way.line.text());
    const auto answer = ask(way.line);
    record.ended = formats::utc_now();
    if (!answer) {
        note("    " + formats::to_iso(*record.ended) + " no answer: " + answer.error().detail);
        return;
    }
    if (evidence_) evidence_->take(*answer);
    const auto percent = formats::find_pattern(way.success, *answer);
    if (percent && *percent != "0") record.outcome = "answered";
    note("    " + formats::to_iso(*record.ended) + (percent ? " " + *percent + " percent answered" : " done"));
}

Result<std::vector<formats::ProbeRecord>> Probe::finish() {
    if (evidence_) {
        if (records_.empty()) evidence_->note(explanation_);
        if (auto finished = evidence_->finish(); !finished) return finished.error();
    }
    return records_;
}

}  // namespace collector
