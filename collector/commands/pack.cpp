#include "collector/commands/pack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "collector/commands/key_file.hpp"
#include "collector/commands/run_request.hpp"
#include "collector/progress/conclusion.hpp"
#include "collector/progress/progress.hpp"
#include "collector/state/run_place.hpp"
#include "formats/analysis/event_table.hpp"
#include "formats/assembly/assembly.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/transcript/split.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::EndpointRecord;
using formats::Error;
using formats::ErrorKind;
using formats::Manifest;
using formats::Outcome;
using formats::Phase;
using formats::Result;

namespace {

constexpr std::size_t chunk = std::size_t{64} << 10;
constexpr std::size_t longest_line = std::size_t{64} << 10;  ///< a longer one is cut apart

Error unreadable(const std::string& path, int number) {
    Error error = formats::system_error(path, "reading", number);
    error.kind = ErrorKind::usage;
    error.remedy = "check the path and its permissions";
    return error;
}

/// A member that text is redacted into, as it comes.
class RedactedMember {
 public:
    RedactedMember(formats::SpoolFile file, formats::Redactor stream)
        : file_(std::move(file)), stream_(std::move(stream)) {}

    Result<void> take(std::string_view bytes) { return append(stream_.feed(bytes)); }
    /// What was written; the member is final.
    Result<void> finish(CaptureRecord& capture) {
        if (auto written = append(stream_.finish()); !written) return written;
        if (auto closed = file_.close(); !closed) return closed;
        capture.file = file_.member();
        capture.bytes = file_.bytes();
        capture.lines = file_.lines();
        capture.sha256 = file_.sha256();
        capture.outcome = capture.bytes == 0 ? Outcome::empty : Outcome::ok;
        for (const auto& [rule, count] : stream_.counts()) capture.redactions += count;
        return {};
    }

 private:
    Result<void> append(const Result<formats::RedactedText>& text) {
        return text ? file_.append(*text) : Result<void>(text.error());
    }

    formats::SpoolFile file_;
    formats::Redactor stream_;
};

/// The logs of one endpoint on their way into the spool: each whole, and cut into captures.
class EndpointLogs {
 public:
    EndpointLogs(std::string name, formats::Spool& spool, formats::Redaction& redaction)
        : name_(std::move(name)),
          spool_(spool),
          redaction_(redaction),
          splitter_([](std::string_view line) { return formats::EventTable::built_in().stream_of(line); }) {}

    Result<void> take_file(const std::string& path) {
        const formats::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (file.get() < 0) return unreadable(path, errno);
        splitter_.next_file();
        CaptureRecord whole;
        whole.id = "before/transcript" +
                   (transcripts_.empty() ? std::string() : "-" + std::to_string(transcripts_.size() + 1));
        whole.command = "(terminal log)";
        auto member = open(whole.id, Phase::before);
        if (!member) return member.error();
        const auto buffer = std::make_unique<char[]>(chunk);
        std::string line;
        for (;;) {
            const auto got = ::read(file.get(), buffer.get(), chunk);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return unreadable(path, errno);
            if (got == 0) break;
            std::string_view bytes(buffer.get(), static_cast<std::size_t>(got));
            if (auto taken = member->take(bytes); !taken) return taken;
            while (!bytes.empty()) {
                const std::size_t end = bytes.find('\n');
                line.append(bytes.substr(0, end));
                bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
                if (end == std::string_view::npos && line.size() < longest_line) break;
                if (auto taken = take_line(line); !taken) return taken;
                line.clear();
            }
        }
        if (!line.empty())
            if (auto taken = take_line(line); !taken) return taken;
        if (auto finished = member->finish(whole); !finished) return finished;
        transcripts_.push_back(std::move(whole));
        return {};
    }

    /// Closes what is open and tells what was found.
    Result<EndpointRecord> finish(const std::string& target) {
        if (auto finished = finish_members(std::nullopt); !finished) return finished.error();
        EndpointRecord endpoint;
        endpoint.name = name_;
        endpoint.target = target;
        endpoint.platform = splitter_.platform();
        endpoint.version = splitter_.version();
        endpoint.hostname = splitter_.hostname();
        endpoint.captures = transcripts_;
        for (std::size_t i = 0; i < splitter_.captures().size(); ++i) {
            CaptureRecord capture = record_of(splitter_.captures()[i]);
            if (const auto written = written_.find(i); written != written_.end()) capture = written->second;
            endpoint.captures.push_back(std::move(capture));
        }
        return endpoint;
    }

    bool is_understood() const {
        return std::any_of(splitter_.captures().begin(), splitter_.captures().end(),
                           [](const formats::SplitCapture& capture) {
                               return capture.tells != formats::Tells::nothing &&
                                      capture.tells != formats::Tells::session;
                           }) ||
               has_known_text_;
    }
    /// A sentence for each thing that was not understood.
    std::vector<std::string> not_understood() const {
        std::vector<std::string> said;
        for (const formats::SplitCapture& capture : splitter_.captures())
            if (!capture.is_understood)
                said.push_back("line " + std::to_string(capture.first_line) + ": `" + capture.command +
                               "` is no command that is known; its answer is kept as " + capture.id);
        if (splitter_.unclaimed_lines() > 0)
            said.push_back(std::to_string(splitter_.unclaimed_lines()) + " lines from line " +
                           std::to_string(splitter_.first_unclaimed()) +
                           " on belong to no command; they are kept in the transcript");
        return said;
    }

 private:
    Result<RedactedMember> open(const std::string& id, Phase phase) {
        auto file = spool_.file(formats::capture_member(name_, phase, id.substr(id.find('/') + 1) + ".txt"));
        if (!file) return file.error();
        return RedactedMember(std::move(*file), redaction_.stream());
    }

    static CaptureRecord record_of(const formats::SplitCapture& split) {
        CaptureRecord record;
        record.id = split.id;
        record.phase = *formats::phase_of(split.id.substr(0, split.id.find('/')));
        record.command = split.command.empty() ? "(no command)" : split.command;
        record.outcome = split.is_ended ? Outcome::empty : Outcome::truncated;
        if (!split.is_ended) record.reason = "the log ends behind this command";
        return record;
    }

    Result<void> take_line(std::string_view line) {
        const auto capture = splitter_.take(line);
        if (!capture || written_.count(*capture) != 0) return {};
        auto open_member = open_.find(*capture);
        if (open_member == open_.end()) {
            // Only the stream and the answer that is being printed go on.
            if (auto finished = finish_members(*capture); !finished) return finished;
            const formats::SplitCapture& split = splitter_.captures()[*capture];
            auto member = open(split.id, record_of(split).phase);
            if (!member) return member.error();
            open_member = open_.emplace(*capture, std::make_unique<RedactedMember>(std::move(*member))).first;
        }
        const std::string_view text = line.substr(std::min(splitter_.text_begins(), line.size()));
        if (splitter_.captures()[*capture].command.empty() && formats::tells_of_text(text) != formats::Tells::nothing)
            has_known_text_ = true;
        if (auto taken = open_member->second->take(text); !taken) return taken;
        return open_member->second->take("\n");
    }

    /// All that are open but the debug stream, when another begins; all of them at the end.
    Result<void> finish_members(std::optional<std::size_t> next) {
        for (auto member = open_.begin(); member != open_.end();) {
            const formats::SplitCapture& split = splitter_.captures()[member->first];
            if (next &&
                (split.tells == formats::Tells::debug || splitter_.captures()[*next].tells == formats::Tells::debug)) {
                ++member;
                continue;
            }
            CaptureRecord record = record_of(split);
            record.reason.clear();
            if (auto finished = member->second->finish(record); !finished) return finished;
            written_.emplace(member->first, std::move(record));
            member = open_.erase(member);
        }
        return {};
    }

    std::string name_;
    formats::Spool& spool_;
    formats::Redaction& redaction_;
    formats::TranscriptSplitter splitter_;
    std::vector<CaptureRecord> transcripts_;
    std::map<std::size_t, std::unique_ptr<RedactedMember>> open_;
    std::map<std::size_t, CaptureRecord> written_;
    bool has_known_text_ = false;
};

std::string file_name_of(const std::vector<std::string>& paths) {
    std::string names;
    for (const std::string& path : paths) names += (names.empty() ? "" : ", ") + path.substr(path.rfind('/') + 1);
    return "file:" + names;
}

struct Packed {
    Manifest manifest;
    bool is_understood = true;
};

Result<Packed> fill_spool(const PackRequest& request, formats::Spool& spool, formats::Redaction& redaction,
                          Progress& progress) {
    Packed packed;
    packed.manifest.tool_version = TACBUNDLE_VERSION;
    packed.manifest.sr = request.sr;
    packed.manifest.started = formats::utc_now();
    for (const PackRequest::Endpoint& endpoint : request.endpoints) {
        EndpointLogs logs(endpoint.name, spool, redaction);
        for (const std::string& path : endpoint.files)
            if (auto taken = logs.take_file(path); !taken) return taken.error();
        auto record = logs.finish(file_name_of(endpoint.files));
        if (!record) return record.error();
        for (const std::string& said : logs.not_understood()) progress.warn(endpoint.name, said);
        if (!logs.is_understood()) {
            progress.warn(endpoint.name,
                          "nothing in its text is a command, a table, a configuration or a log that is known");
            packed.is_understood = false;
        }
        packed.manifest.endpoints.push_back(std::move(*record));
    }
    packed.manifest.ended = formats::utc_now();
    packed.manifest.outcome = packed.is_understood ? "complete" : "incomplete";
    return packed;
}

}  // namespace

int pack_command(const PackRequest& request) {
    const auto refuse = [&](const Error& error) {
        return Progress::refuse(request.json, error,
                                error.kind == ErrorKind::usage ? ExitCode::usage : ExitCode::internal);
    };
    formats::RedactionSettings settings;
    if (!request.key_file.empty()) {
        auto key = read_key_file(request.key_file);
        if (!key) return refuse(key.error());
        settings.key = std::move(*key);
    }
    const auto redaction = formats::Redaction::make(settings);
    if (settings.key) formats::wipe(*settings.key);
    if (!redaction) return refuse(redaction.error());
    const auto order = formats::order_for(request.output, request.format);
    if (!order) return refuse(order.error());
    if (auto output = formats::check_output(*order); !output) return refuse(output.error());
    for (const auto& endpoint : request.endpoints)
        for (const std::string& path : endpoint.files)
            if (::access(path.c_str(), R_OK) != 0) return refuse(unreadable(path, errno));
    auto place = RunPlace::make(state_folder());
    if (!place) return refuse(place.error());

    Progress progress(progress_settings(request.json, 0), *redaction);
    const auto end = [&](const std::string& text, std::vector<std::pair<std::string, std::string>> fields,
                         const std::string& path, ExitCode code) {
        fields.push_back({"exit", "=" + std::to_string(static_cast<int>(code))});
        progress.result({EventKind::result, "", text, std::move(fields)}, path, std::chrono::seconds{5});
        return static_cast<int>(code);
    };
    auto packed = fill_spool(request, place->spool, **redaction, progress);
    if (!packed) {
        const Error error = packed.error();
        const auto discarded = place->discard();
        progress.always(error.message());
        if (!discarded) progress.warn("", discarded.error().message());
        return end("no bundle", {{"bundle", "=null"}, {"outcome", "none"}}, "",
                   error.kind == ErrorKind::usage ? ExitCode::usage : ExitCode::not_written);
    }
    // For `recover`, should the archive not come about.
    if (auto saved = formats::save_draft(packed->manifest, place->spool, **redaction); !saved)
        progress.warn("", saved.error().message());
    const auto bundle = package(packed->manifest, place->spool, *redaction, *order);
    if (!bundle) {
        progress.always(bundle.error().message());
        const std::string kept = kept_in(place->spool);
        const auto put_away = kept.empty() ? place->discard() : place->journal.close();
        if (!put_away) progress.warn("", put_away.error().message());
        if (!kept.empty())
            progress.always("what was packed is kept, redacted, in " + kept + ": run `tacbundle recover " + kept + "`");
        return end("no bundle", {{"bundle", "=null"}, {"outcome", "none"}, {"spool", kept.empty() ? "=null" : kept}},
                   "", ExitCode::not_written);
    }
    if (auto removed = place->discard(); !removed) progress.warn("", removed.error().message());
    say_findings(packed->manifest, progress);
    say_verdict(packed->manifest.verdict, progress);
    const std::string path = bundle->path.string();
    return end(packed->is_understood ? "COMPLETE: every log was understood; the bundle is verified"
                                     : "INCOMPLETE: of an endpoint nothing was understood; the bundle is verified",
               {{"bundle", path},
                {"sha256", bundle->sha256},
                {"outcome", packed->manifest.outcome},
                {"verdict", packed->manifest.verdict}},
               path, packed->is_understood ? ExitCode::complete : ExitCode::incomplete);
}

}  // namespace collector
