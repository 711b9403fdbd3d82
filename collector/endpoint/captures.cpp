// What is read before and after: the look around, the captures, the facts of the tunnel.

#include <algorithm>
#include <utility>

#include "collector/endpoint/endpoint.hpp"
#include "formats/cisco/probe_choice.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/counted.hpp"
#include "formats/text/pattern.hpp"
#include "formats/transcript/debug_state.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::Outcome;
using formats::Phase;
using formats::Profile;
using formats::Tells;

namespace {

constexpr milliseconds break_off_limit{5'000};

/// Does the answer end as a whole one does? What a log line left behind that a prompt was printed into may follow:
/// a line, and empty ones where the prompt was asked for again.
bool ends_with_line(std::string_view text, std::string_view end) {
    constexpr int most_behind = 6;
    for (int behind = 0; behind <= most_behind && !text.empty(); ++behind) {
        const auto start = text.rfind('\n') + 1;  // npos + 1: the first line
        std::string_view line = text.substr(start);
        while (line.ends_with(' ')) line.remove_suffix(1);
        if (line == end) return true;
        text = text.substr(0, start == 0 ? 0 : start - 1);
    }
    return false;
}

}  // namespace

void Endpoint::look_around(const Patience& patience) {
    if (!control_) return;
    const Profile& profile = plan_->profile();
    if (plan_->find("cpu") != nullptr) {
        if (const auto answer = ask(*control_, "cpu", {}, patience)) {
            cpu_ = formats::parse_cpu(answer->text, profile.cpu.pattern);
        } else if (ends_session(answer.error())) {
            return lose_control(answer.error());
        }
    }
    busy_ = cpu_ && *cpu_ >= context_->incident->cpu_limit;
    if (plan_->find("standby") != nullptr) {
        if (const auto answer = ask(*control_, "standby", {}, patience))
            standby_ = formats::find_pattern(profile.standby.pattern, answer->text).has_value();
        else if (ends_session(answer.error()))
            return lose_control(answer.error());
    }
    std::string text = cpu_ ? "CPU " + std::to_string(*cpu_) + " %" : "CPU not known";
    if (const auto ids = session_ids(*control_, patience)) text += ", " + formats::counted(ids->size(), "session");
    if (standby_) text += ", standby unit: shows only";
    event(EventKind::endpoint, std::move(text), {{"state", "looked"}});
}

void Endpoint::read_keys(const Patience& patience) {
    if (!control_ || plan_->find("keys") == nullptr) return;
    const auto line = plan_->line("keys");
    if (!line) return;
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    auto answer = control_->run(*line, {}, limits, patience);
    if (!answer) {
        if (!control_->break_off(Patience::within(break_off_limit))) lose_control(answer.error());
        return;
    }
    if (!answer->refused)
        formats::take_values(keys_, formats::pre_shared_keys(formats::parse_crypto_config(answer->text), answer->text,
                                                             *context_->redaction));
    formats::wipe(answer->text);
    event(EventKind::endpoint,
          answer->refused ? "the keys cannot be read: " + answer->refusal : "keys read, only their tokens kept",
          {{"state", "keys"}});
}

std::string Endpoint::debugs_in_words(const formats::DebugState& state, const std::vector<OwedByDeadRun>& owed) const {
    constexpr std::size_t most_shown = 8;
    std::string said = formats::counted(state.on.size(), "debug") +
                       std::string(formats::by_number(state.on.size(), " is", " are")) + " on: ";
    for (std::size_t i = 0; i < std::min(state.on.size(), most_shown); ++i)
        said.append(i == 0 ? "" : ", ")
            .append(formats::quoted(state.on[i].substr(state.on[i].find_first_not_of(' ')), context_->redaction));
    if (state.on.size() > most_shown) said += ", ...";
    const auto ours = std::find_if(owed.begin(), owed.end(), [&](const OwedByDeadRun& one) {
        return one.target == record_.target &&
               std::any_of(state.items.begin(), state.items.end(),
                           [&](const std::string& id) { return one.undo_id == "disarm/" + id; });
    });
    if (ours == owed.end()) return said + "; by no journal here: somebody else's";
    return said + "; left on by an earlier run: tacbundle cleanup " + ours->journal;
}

void Endpoint::look_at_debugs(const std::vector<OwedByDeadRun>& owed, const Patience& patience) {
    if (!control_) return;
    if (plan_->find("before/debug-state") == nullptr) return;
    const auto answer = ask(*control_, "before/debug-state", {}, patience);
    if (!answer) return lose_control(answer.error());
    const std::string asked = "`" + plan_->profile().debug.state + "`";
    const formats::DebugState state = formats::read_debug_state(plan_->profile(), answer->text);
    event(EventKind::debug,
          answer->refused        ? asked + " is refused: debugs will not be armed"
          : !state.on.empty()    ? debugs_in_words(state, owed)
          : !state.words.empty() ? "the answer to " + asked + " is not understood (" +
                                       formats::quoted(state.words, context_->redaction) + "): debugs will not be armed"
                                 : "no debug is on in this session",
          {{"state", "looked"}});
}

void Endpoint::collect(Phase phase, const Patience& patience) {
    const Step step = phase == Phase::before ? Step::before : Step::after;
    for (const PlannedItem* item : plan_->items_of(step))
        if (item->phase == phase) capture(*item, patience);
}

/// What is known of this tunnel, for the lines of the extended set.
Slots Endpoint::known_slots() const {
    Slots slots;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) slots[name] = value;
    };
    add("peer-address", tunnel_.peer());
    add("access-list", formats::interesting_traffic(configuration_, tunnel_.peer()).access_list);
    const auto probe = formats::choose_probe(configuration_, nullptr, tunnel_.peer());
    add("probe-source", probe.source ? formats::ipv4_text(*probe.source) : "");
    return slots;
}

/// What told the platform is not asked for again. In another context it may read otherwise.
std::optional<Endpoint::Identification> Endpoint::take_identification(const PlannedItem& item) {
    if (!identification_ || item.phase != Phase::before || item.line != plan_->profile().identify.version_line ||
        !spec_->context.empty())
        return std::nullopt;
    return std::exchange(identification_, std::nullopt);
}

void Endpoint::capture(const PlannedItem& item, const Patience& patience) {
    CaptureRecord& record = ledger_.at(item.id);
    const auto explain = [&](Outcome outcome, std::string reason) {
        record.outcome = outcome;
        record.reason = std::move(reason);
        event(EventKind::capture,
              item.line + ": " + std::string(name_of(outcome)) +
                  (record.reason.empty() ? "" : " (" + record.reason + ")"),
              {{"capture", item.id}, {"outcome", std::string(name_of(outcome))}});
    };
    if (!item.since.empty() && formats::compare_versions(version(), item.since) < 0)
        return explain(Outcome::unsupported, "from version " + item.since);
    if (patience.is_stopped()) return explain(Outcome::canceled, "interrupted before it was sent");
    if (patience.is_over()) return explain(Outcome::not_attempted, "the run's deadline had passed");
    if (!revive(patience)) return explain(Outcome::not_attempted, failure_ ? failure_->detail : "no session");

    const auto line = plan_->line(item.id, known_slots());
    // A line of the extended set about something that this configuration does not have.
    if (!line) return explain(item.extended ? Outcome::unsupported : Outcome::not_attempted, line.error().detail);
    auto file = formats::Capture::open(*context_->spool, *context_->redaction, record.planned_file,
                                       context_->incident->byte_limit);
    if (!file) return explain(Outcome::not_attempted, file.error().message());

    record.started = formats::utc_now();
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration, true};
    const TextSink sink = [&](std::string_view lines) { return file->take(lines); };
    const auto known = take_identification(item);
    if (known) sink(known->lines);
    auto answer = known ? formats::Result<Answer>(known->answer) : control_->run(*line, sink, limits, patience);
    const bool says_nothing = answer && (answer->bytes == 0 || answer->refused == Outcome::unsupported);
    if (const auto otherwise = plan_->line(item.id + "/otherwise"); otherwise && says_nothing)
        answer = control_->run(*otherwise, sink, limits, patience);
    record.ended = formats::utc_now();
    if (known) {
        record.started = known->asked;
        record.ended = known->answered;
    }
    const auto finished = file->finish();
    file->describe(record);
    if (context_->guardian != nullptr) context_->guardian->share_learned();

    if (!answer) {
        explain(formats::outcome_after(answer.error()), answer.error().detail);
        const bool recovered = !ends_session(answer.error()) && control_->break_off(Patience::within(break_off_limit));
        if (!recovered) lose_control(answer.error());
        return;
    }
    if (!finished) return explain(Outcome::truncated, finished.error().message());
    if (answer->refused) return explain(*answer->refused, answer->refusal);
    if (file->is_truncated()) return explain(Outcome::truncated, "the byte limit was reached");
    if (!item.end.empty() && !ends_with_line(answer->text, item.end) && answer->bytes <= keep_configuration)
        return explain(Outcome::truncated, "it does not end with \"" + item.end + "\"");
    if (item.phase == Phase::before && item.tells == Tells::configuration) read_configuration(answer->text);
    if (item.phase == Phase::before && item.line == plan_->profile().configuration.proof)
        configuration_proof_.before = proof_in(answer->text);
    if (item.line == plan_->profile().standby.line)
        standby_ = formats::find_pattern(plan_->profile().standby.pattern, answer->text).has_value();
    if (item.phase == Phase::after && item.tells == Tells::debug_state) look_at_what_is_still_on(answer->text);
    read_table(item, answer->text);
    explain(answer->bytes == 0 ? Outcome::empty : Outcome::ok, "");
}

void Endpoint::read_configuration(const std::string& text) {
    configuration_ = formats::parse_crypto_config(text);
    keys_ = formats::pre_shared_keys(configuration_, text, *context_->redaction);
    for (const auto& debug : plan_->profile().debug.items)
        if (!debug.needs.empty() && !formats::find_pattern(debug.needs, text)) idle_debugs_.insert(debug.id);
    if (clock_) record_clock(configuration_.offset_of(clock_->zone));
}

void Endpoint::read_table(const PlannedItem& item, const std::string& answer) {
    if (!item.extended) tunnel_.read(item.tells, answer, configuration_.names);
}

void Endpoint::read_tunnel_facts(const Patience& patience) {
    const AnswerLimits limits{context_->incident->command_timeout, std::chrono::minutes{10}, keep_configuration};
    const auto read = [&](Tells tells, auto take) {
        const PlannedItem* item = plan_->find(Step::before, tells);
        if (!control_ || item == nullptr) return;
        const auto line = plan_->line(item->id);
        if (!line) return;
        const auto answer = control_->run(*line, {}, limits, patience);
        if (!answer) return lose_control(answer.error());
        if (!answer->refused) take(*item, answer->text);
    };
    read(Tells::configuration, [this](const PlannedItem&, const std::string& text) { read_configuration(text); });
    for (const Tells table : {Tells::phase1, Tells::phase2, Tells::list_sas, Tells::connections})
        read(table, [this](const PlannedItem& item, const std::string& text) { read_table(item, text); });
}

}  // namespace collector
