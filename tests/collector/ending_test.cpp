#include "collector/run/ending.hpp"

#include <doctest/doctest.h>

#include <array>
#include <utility>

using collector::Ending;
using collector::EndpointGaps;
using collector::exit_of;
using collector::ExitCode;
using collector::last_words;
using collector::RunResult;

namespace {

/// As the documentation of the exit codes has them, the gravest first.
constexpr std::array<std::pair<bool Ending::*, ExitCode>, 5> by_gravity{
    {{&Ending::still_debugging, ExitCode::still_debugging},
     {&Ending::not_written, ExitCode::not_written},
     {&Ending::interrupted, ExitCode::interrupted},
     {&Ending::nobody, ExitCode::no_endpoint},
     {&Ending::incomplete, ExitCode::incomplete}}};

constexpr const char* journal = "/home/ops/.local/state/tacbundle/journal-1";

EndpointGaps whole(const std::string& name) { return {name, {3, 0, {}}, {}}; }

RunResult written() {
    RunResult run;
    run.bundle.emplace();
    run.gaps = {whole("hq"), whole("branch")};
    return run;
}

}  // namespace

TEST_CASE("of all that is true of an end the gravest gives the exit code") {
    for (unsigned combination = 0; combination < (1U << by_gravity.size()); ++combination) {
        CAPTURE(combination);
        Ending ending;
        ExitCode expected = ExitCode::complete;
        for (std::size_t i = by_gravity.size(); i-- > 0;) {
            if ((combination >> i & 1U) == 0) continue;
            ending.*by_gravity[i].first = true;
            expected = by_gravity[i].second;
        }
        CHECK(exit_of(ending) == expected);
    }
}

TEST_CASE("the last words say what the run was worth, and what is missing") {
    struct Row {
        std::string name;
        RunResult run;
        std::string words;
    };
    std::vector<Row> rows;
    const auto add = [&](std::string name, auto change, std::string words) {
        RunResult run = written();
        change(run);
        rows.push_back({std::move(name), std::move(run), std::move(words)});
    };
    add(
        "whole", [](RunResult&) {}, "COMPLETE: all 6 items of the plan are there; the bundle is verified");
    add(
        "items that the platform does not have", [](RunResult& run) { run.gaps[0].items.beyond_the_platform = 2; },
        "COMPLETE; 2 items this platform does not have: all 4 other items of the plan are there; the bundle is "
        "verified");
    add(
        "an endpoint is missing",
        [](RunResult& run) {
            run.ending.incomplete = true;
            run.gaps[1].items.causes = {{"not-attempted (no answer)", {"a", "b", "c"}}};
        },
        "INCOMPLETE: 3 of 6 items are missing or cut short: branch (all 3); the bundle is verified");
    add(
        "one item",
        [](RunResult& run) {
            run.ending.incomplete = true;
            run.gaps[0].items.causes = {{"denied", {"before/show-version"}}};
        },
        "INCOMPLETE: 1 of 6 items is missing or cut short: hq (before/show-version); the bundle is verified");
    add(
        "many items",
        [](RunResult& run) {
            run.ending.incomplete = true;
            run.gaps[0].items.planned = 9;
            run.gaps[0].items.causes = {{"denied", {"a", "b", "c"}}, {"timed-out", {"d", "e", "f"}}};
        },
        "INCOMPLETE: 6 of 12 items are missing or cut short: hq (a, b, c, d and 2 more); the bundle is verified");
    add(
        "only what is beside the captures",
        [](RunResult& run) {
            run.ending.incomplete = true;
            run.gaps[0].configuration = "the configuration was not compared";
            run.not_kept = "the address map: no space left";
        },
        "INCOMPLETE: all 6 items of the plan are there; hq: the configuration was not compared; the address map: no "
        "space left; "
        "the bundle is verified");
    add(
        "interrupted",
        [](RunResult& run) {
            run.ending.interrupted = run.ending.incomplete = true;
            run.gaps[0].items.causes = {{"canceled", {"a"}}};
        },
        "INTERRUPTED: no debug of this run is on; the bundle holds what there was: 1 of 6 items is missing or cut "
        "short: hq (a)");
    add(
        "interrupted twice",
        [](RunResult& run) {
            run.ending.interrupted = true;
            run.bundle.reset();
            run.spool = "/s";
        },
        "INTERRUPTED: no debug of this run is on; there is no bundle; what was captured is kept, redacted, in /s "
        "(`tacbundle recover /s` packs it)");
    add(
        "no disk",
        [](RunResult& run) {
            run.ending.not_written = true;
            run.bundle.reset();
            run.spool = "/s";
            run.error = formats::Error{formats::ErrorKind::io, "/out", "writing: No space left on device", {}};
        },
        "NO BUNDLE: /out: writing: No space left on device; what was captured is kept, redacted, in /s (`tacbundle "
        "recover /s` packs it)");
    add(
        "nobody",
        [](RunResult& run) {
            run.ending.nobody = run.ending.incomplete = true;
            run.bundle.reset();
            run.unusable = {"hq: login refused", "branch: no answer"};
        },
        "NO BUNDLE: no endpoint could be used: hq: login refused; branch: no answer");
    add(
        "something is still on",
        [](RunResult& run) {
            run.ending.still_debugging = run.ending.incomplete = true;
            run.to_type = {{"hq", {"no debug all"}}, {"branch", {"no debug all"}}};
        },
        std::string("STILL DEBUGGING: hq, branch; the bundle is written: all 6 items of the plan are there; log in "
                    "there and type the lines "
                    "above, or run: tacbundle cleanup ") +
            journal);
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(last_words(row.run, journal) == row.words);
    }
}

TEST_CASE("a gap is a sentence for each cause") {
    RunResult run = written();
    run.gaps[1].items.causes = {{"timed-out (no answer in 60 s)", {"before/show-version", "after/show-version"}},
                                {"denied", {"debug/debug-crypto"}}};
    run.not_kept = "the address map: no space left";
    CHECK(run.missing() ==
          std::vector<std::string>{"branch: timed-out (no answer in 60 s): before/show-version, after/show-version",
                                   "branch: denied: debug/debug-crypto", "the address map: no space left"});
}
