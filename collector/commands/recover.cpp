#include "collector/commands/recover.hpp"

#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "collector/commands/run_request.hpp"
#include "collector/progress/conclusion.hpp"
#include "collector/progress/progress.hpp"
#include "collector/progress/screen_text.hpp"
#include "collector/state/journal.hpp"
#include "collector/state/run_place.hpp"
#include "formats/assembly/assembly.hpp"

namespace collector {

using formats::CaptureRecord;
using formats::Error;
using formats::ErrorKind;
using formats::Manifest;
using formats::Outcome;
using formats::Result;
using formats::Spool;

namespace {

constexpr std::size_t longest_manifest = std::size_t{16} << 20;

Result<Spool> open_dead_spool(const std::string& folder) {
    auto spool = Spool::open(folder);
    if (!spool) {
        Error error = spool.error();
        error.kind = ErrorKind::usage;
        error.remedy = "the start of `tacbundle collect` names what earlier runs left";
        return error;
    }
    if (!spool->has(formats::spool_mark::lock)) return spool;
    auto mark = spool->mark(formats::spool_mark::lock);
    if (!mark) return mark.error();
    if (::flock(mark->get(), LOCK_EX | LOCK_NB) != 0)
        return Error{ErrorKind::usage, folder, "its run still lives: a process has it locked",
                     "wait for that run, or interrupt it"};
    return spool;
}

Result<Manifest> draft_of(const Spool& spool) {
    auto reader = spool.read(std::string(formats::member::manifest));
    if (!reader)
        return Error{ErrorKind::usage, spool.folder().string(),
                     "there is nothing to pack: its run died before it had begun", "remove the folder"};
    std::string xml;
    for (;;) {
        const auto bytes = reader->read();
        if (!bytes) return bytes.error();
        if (bytes->empty()) break;
        xml += *bytes;
        if (xml.size() > longest_manifest)
            return Error{ErrorKind::usage, spool.folder().string(), "its manifest is too long", {}};
    }
    return formats::parse_manifest(xml);
}

/// What was captured after the draft was written: its file is there, its record is not.
void find_late_captures(Manifest& manifest, const std::vector<std::string>& members) {
    for (auto& endpoint : manifest.endpoints)
        for (CaptureRecord& capture : endpoint.captures) {
            const bool listed = std::find(members.begin(), members.end(), capture.file) != members.end();
            if (!listed) {
                capture.file.clear();
                capture.sha256.clear();
                capture.bytes = 0;
            }
            if (!capture.file.empty()) continue;
            const std::string& member = capture.planned_file;
            if (member.empty() || std::find(members.begin(), members.end(), member) == members.end()) continue;
            capture.file = std::exchange(capture.planned_file, {});
            capture.outcome = Outcome::truncated;
            capture.reason = "the run died while it was captured, or soon after";
        }
}

/// What became of the debugs stands in the journal of that run, or was proven by its guardian; else the draft says it
/// when the run had come so far. Nothing is good news for being missing. Sentences for what is not known.
std::vector<std::string> read_its_journal(Manifest& manifest, const Spool& spool) {
    constexpr std::string_view prefix = "spool-";
    const std::string name = spool.folder().filename().string();
    const std::string run = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    const std::string path = (std::filesystem::absolute(spool.folder()).parent_path() / ("journal-" + run)).string();
    const auto journal = Journal::take_over(path);
    const bool is_there = std::filesystem::exists(path);
    std::vector<std::string> unknown;
    for (auto& endpoint : manifest.endpoints) {
        const bool recorded =
            std::any_of(endpoint.captures.begin(), endpoint.captures.end(),
                        [](const CaptureRecord& c) { return c.phase == formats::Phase::debug && !c.file.empty(); });
        if (!recorded) continue;
        using Proven = formats::DebugRecord::Proven;
        Proven& proven = endpoint.debug.proven;
        if (journal) {
            const auto owed = journal->owed();
            proven = std::any_of(owed.begin(), owed.end(),
                                 [&](const UndoEntry& entry) { return entry.endpoint == endpoint.name; })
                         ? Proven::no
                         : Proven::yes;
        } else if (!is_there && spool.has(formats::spool_mark::proven)) {
            proven = Proven::yes;
        } else if (is_there) {
            proven = Proven::not_armed;
        }
        endpoint.debug.restored = proven == Proven::yes;
        if (proven == Proven::no)
            unknown.push_back(endpoint.name + " MAY STILL BE DEBUGGING: tacbundle cleanup " + path);
        if (proven == Proven::not_armed)
            unknown.push_back(endpoint.name +
                              ": whether its debugs are off is not known: " + journal.error().message());
    }
    return unknown;
}

}  // namespace

int recover_command(const RecoverRequest& request) {
    if (request.spool.empty()) {
        const std::string list = list_of(leftovers(state_folder()), Leftover::Kind::spool);
        std::cout << neutralised(list, true) << std::flush;
        return static_cast<int>(std::cout ? ExitCode::complete : ExitCode::internal);
    }
    const auto redaction = formats::Redaction::make({});
    if (!redaction) return Progress::refuse(request.json, redaction.error(), ExitCode::internal);
    auto ordered = formats::order_for(request.output, {});
    if (!ordered) return Progress::refuse(request.json, ordered.error());
    formats::PackageOrder& order = *ordered;
    if (auto output = formats::check_output(order); !output) return Progress::refuse(request.json, output.error());
    auto spool = open_dead_spool(request.spool);
    if (!spool) return Progress::refuse(request.json, spool.error());
    auto manifest = draft_of(*spool);
    if (!manifest)
        return Progress::refuse(request.json, manifest.error(),
                                manifest.error().kind == ErrorKind::usage ? ExitCode::usage : ExitCode::not_written);
    const auto members = spool->members();
    if (!members) return Progress::refuse(request.json, members.error(), ExitCode::not_written);
    find_late_captures(*manifest, *members);
    const std::vector<std::string> unknown = read_its_journal(*manifest, *spool);
    order.verified = spool->has(formats::spool_mark::swept) ? "true" : "rules-only";

    Progress progress(progress_settings(request.json, 0), *redaction);
    for (const std::string& sentence : unknown) progress.always(sentence);
    const auto bundle = package(*manifest, *spool, *redaction, order);
    if (!bundle) {
        progress.always(bundle.error().message());
        (void)progress.result({EventKind::result,
                               "",
                               "no bundle",
                               {{"bundle", "=null"}, {"outcome", "none"}, {"exit", "=5"}, {"spool", request.spool}}},
                              "", std::chrono::seconds{5});
        return static_cast<int>(ExitCode::not_written);
    }
    if (auto removed = spool->remove(); !removed) progress.warn("", removed.error().message());
    if (order.verified != "true")
        progress.warn("",
                      "cleaned by the rules only: a secret that only another file shows may stand in it; look before "
                      "you send it");
    say_findings(*manifest, progress);
    say_verdict(manifest->verdict, progress);
    const std::string path = bundle->path.string();
    (void)progress.result({EventKind::result,
                           "",
                           "INCOMPLETE, as the run was " + manifest->outcome + "; the bundle is verified",
                           {{"bundle", path},
                            {"sha256", bundle->sha256},
                            {"outcome", manifest->outcome},
                            {"verdict", manifest->verdict},
                            {"exit", "=3"}}},
                          path, std::chrono::seconds{5});
    return static_cast<int>(ExitCode::incomplete);
}

}  // namespace collector
