#include "collector/progress/progress.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "collector/progress/event_json.hpp"
#include "collector/progress/terminal.hpp"
#include "formats/record/layout.hpp"
#include "tests/support/child_output.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temporary_folder.hpp"

using collector::Event;
using collector::EventKind;
using collector::ExitCode;
using collector::Progress;
using collector::ProgressSettings;
using formats::Redaction;
using std::chrono::milliseconds;
using std::chrono::seconds;
using support::ChildOutput;
using support::Pty;
using support::TemporaryFolder;
using Json = nlohmann::ordered_json;

namespace {

constexpr ProgressSettings with_json{.json = true, .verbosity = 0, .colour = false, .live = false};

std::shared_ptr<Redaction> redaction_that_knows(std::string_view secret = {}) {
    auto redaction = *Redaction::make({});
    if (!secret.empty()) redaction->learn(secret, formats::SecretClass::password);
    return redaction;
}

std::vector<Json> objects(const std::string& lines) {
    std::vector<Json> all;
    std::size_t at = 0;
    while (at < lines.size()) {
        const auto end = lines.find('\n', at);
        REQUIRE(end != std::string::npos);
        all.push_back(Json::parse(lines.substr(at, end - at)));
        at = end + 1;
    }
    return all;
}

Event result_event() {
    return {EventKind::result, {}, "done", {{"bundle", "/tmp/x.tar.gz"}, {"exit", "=0"}, {"missing", "=[]"}}};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an event is one line of JSON with members in order, redacted, in valid UTF-8") {
    const auto redaction = redaction_that_knows("CANARY-secret-1");
    const Event event{EventKind::debug,
                      "hq",
                      "armed \xff with CANARY-secret-1\n",
                      {{"items", "=[\"isakmp\",\"CANARY-secret-1\"]"},
                       {"count", "=2"},
                       {"armed", "=true"},
                       {"bad", "=nothing"},
                       {"v", "=9"}}};
    const formats::UtcTime time{std::chrono::microseconds(1'764'099'891'123'456)};
    const auto line = collector::json_line(event, time, *redaction);
    CHECK_FALSE(holds(line, "CANARY"));
    CHECK(line.ends_with("}\n"));
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(line.starts_with(R"({"v":1,"time":")" + formats::to_iso(time) +
                           R"(","event":"debug","endpoint":"hq","items":["isakmp",")"));
    const auto object = Json::parse(line);
    CHECK(object["count"] == 2);
    CHECK(object["armed"] == true);
    CHECK(object["bad"] == "=nothing");
    CHECK(holds(object["text"], "armed \xef\xbf\xbd with "));
}

TEST_CASE("with --json stdout holds one object a line and the result last and once") {
    ChildOutput child([] {
        Progress progress(with_json, redaction_that_knows());
        progress.event({EventKind::run, {}, "starts", {}});
        progress.phase("connect", "2 endpoints");
        progress.warn("hq", "3 sessions");
        progress.result(result_event(), "/tmp/x.tar.gz", seconds(5));
        progress.result(result_event(), "/tmp/x.tar.gz", seconds(5));
        progress.warn("hq", "too late");
        return 0;
    });
    child.read();
    CHECK(child.wait() == 0);
    const auto all = objects(child.output);
    REQUIRE(all.size() == 4);
    CHECK(all[0]["event"] == "run");
    CHECK(all[1]["phase"] == "connect");
    CHECK(all[2]["endpoint"] == "hq");
    CHECK(all[3]["event"] == "result");
    CHECK(all[3]["exit"] == 0);
    CHECK(all[3]["missing"].is_array());
    for (const auto& object : all) CHECK(object["v"] == 1);
    CHECK(holds(child.error_output, "hq       warning  too late\n"));
}

TEST_CASE("without --json stdout holds the bundle's path and nothing else") {
    ChildOutput child([] {
        Progress progress({}, redaction_that_knows());
        progress.phase("connect", "2 endpoints");
        progress.result(result_event(), "/tmp/a bundle.tar.gz", seconds(5));
        return 0;
    });
    child.read();
    CHECK(child.output == "/tmp/a bundle.tar.gz\n");
    CHECK(holds(child.error_output, "phase    2 endpoints\n"));

    ChildOutput none([] {
        Progress progress({}, redaction_that_knows());
        progress.result(result_event(), "", seconds(5));
        return 0;
    });
    none.read();
    CHECK(none.output.empty());
}

TEST_CASE("a reader that stands still holds up neither the events nor the end") {
    ChildOutput child([] {
        const auto started = std::chrono::steady_clock::now();
        {
            Progress progress(with_json, redaction_that_knows());
            for (int n = 0; n < 20'000; ++n) progress.event({EventKind::capture, "hq", std::string(200, 'x'), {}});
            if (std::chrono::steady_clock::now() - started > seconds(20)) return 1;
            progress.result(result_event(), "", milliseconds(100));
        }
        return std::chrono::steady_clock::now() - started > seconds(30) ? 2 : 0;
    });
    CHECK(child.wait() == 0);  // nothing was read until now
}

TEST_CASE("a slow reader still gets the result, and how many events were lost") {
    ChildOutput child([] {
        Progress progress(with_json, redaction_that_knows());
        for (int n = 0; n < 30'000; ++n) progress.event({EventKind::capture, "hq", std::string(200, 'x'), {}});
        (void)!::write(STDERR_FILENO, "queued\n", 7);
        progress.result(result_event(), "", seconds(20));
        return 0;
    });
    ::poll(nullptr, 0, 50);
    child.read();
    CHECK(child.wait() == 0);
    const auto all = objects(child.output);
    REQUIRE(all.back()["event"] == "result");
    CHECK(all.size() < 30'001);
    CHECK(all.back()["dropped"] == 30'001 - all.size());
}

TEST_CASE("a reader that is gone changes nothing but its own stream") {
    ChildOutput child([] {
        ::signal(SIGPIPE, SIG_IGN);
        Progress progress(with_json, redaction_that_knows());
        for (int n = 0; n < 1000; ++n) progress.event({EventKind::warning, "hq", std::string(200, 'x'), {}});
        progress.result(result_event(), "", seconds(5));
        return 7;
    });
    child.close_output();
    child.read();
    CHECK(child.wait() == 7);
    CHECK(std::count(child.error_output.begin(), child.error_output.end(), '\n') >= 1000);
}

TEST_CASE("a result that cannot be written is said, with the path") {
    struct Row {
        std::string name;
        bool json;
        std::function<void()> spoil;
        std::string_view says;
    };
    const std::vector<Row> rows{
        {"a full disk", false, [] { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); },
         "standard output: writing: No space left on device"},
        {"a full disk, events", true, [] { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); },
         "standard output: writing: No space left on device"},
        {"closed, and taken up by main", false, [] { ::dup2(::open("/dev/null", O_RDONLY), STDOUT_FILENO); },
         "standard output: writing: Bad file descriptor"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        ChildOutput child([&] {
            row.spoil();
            Progress progress({.json = row.json, .verbosity = -1, .colour = false, .live = false},
                              redaction_that_knows());
            progress.warn("hq", "first");
            return progress.result(result_event(), "/tmp/x.tar.gz", seconds(5)) ? 0 : 1;
        });
        child.read();
        CHECK(child.wait() == 1);
        CHECK(holds(child.error_output, row.says));
        CHECK(holds(child.error_output, "the bundle is /tmp/x.tar.gz"));
    }
    ChildOutput slow([] {
        Progress progress({.json = true, .verbosity = -1, .colour = false, .live = false}, redaction_that_knows());
        for (int n = 0; n < 1000; ++n) progress.event({EventKind::capture, "hq", std::string(200, 'x'), {}});
        return progress.result(result_event(), "/tmp/x.tar.gz", milliseconds(50)) ? 0 : 1;
    });
    CHECK(slow.wait() == 1);
    slow.read();
    CHECK(holds(slow.error_output, "nobody reads it"));
    ChildOutput nothing([] {
        ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
        Progress progress({}, redaction_that_knows());
        return progress.result(result_event(), "", seconds(5)) ? 0 : 1;
    });
    CHECK(nothing.wait() == 0);  // there was nothing to write
}

TEST_CASE("many threads write whole lines") {
    ChildOutput child([] {
        Progress progress(with_json, redaction_that_knows("CANARY-secret-2"));
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&progress, t] {
                    for (int n = 0; n < 200; ++n)
                        progress.warn("e" + std::to_string(t), "CANARY-secret-2 " + std::to_string(n));
                });
        }
        progress.result(result_event(), "", seconds(20));
        return 0;
    });
    child.read();
    CHECK(child.wait() == 0);
    CHECK(objects(child.output).size() == 801);
    CHECK_FALSE(holds(child.output + child.error_output, "CANARY"));
}

TEST_CASE("collector.log holds what happened while it was open, redacted and without control characters") {
    const TemporaryFolder folder;
    const auto spool_folder = folder.path() / "spool";
    ChildOutput child([&] {
        auto spool = formats::Spool::create(spool_folder);
        if (!spool) return 1;
        auto file = spool->file(std::string(formats::member::log));
        if (!file) return 2;
        Progress progress({.json = false, .verbosity = -1, .colour = false, .live = false},
                          redaction_that_knows("CANARY-secret-3"));
        progress.warn("hq", "before the log");
        progress.log_to(std::move(*file));
        progress.event({EventKind::capture, "hq", "show version\x1b[2J: ok", {}});
        progress.warn("", "CANARY-secret-3\nis gone");
        if (!progress.close_log()) return 3;
        progress.warn("hq", "after the log");
        return progress.close_log() ? 0 : 4;
    });
    child.read();
    REQUIRE(child.wait() == 0);
    CHECK(child.error_output.empty());  // quiet
    const auto text = TemporaryFolder::read(spool_folder / "collector.log");
    CHECK_FALSE(holds(text, "CANARY"));
    CHECK_FALSE(holds(text, "the log"));
    REQUIRE(std::count(text.begin(), text.end(), '\n') == 2);
    const auto second = text.substr(text.find('\n') + 1);
    CHECK(text.substr(0, 2) == "20");
    CHECK(text.substr(26, 1) == "Z");  // 2026-11-25T19:24:51.123456Z
    CHECK(holds(text, "Z debug   hq capture: show version\\x1b[2J: ok\n"));
    CHECK(holds(second, "Z warning - warning: "));
    CHECK(holds(second, "\\nis gone\n"));
}

TEST_CASE("a full disk under collector.log comes back from close_log") {
    ChildOutput child([] {
        const TemporaryFolder folder;
        auto spool = formats::Spool::create(folder.path() / "spool");
        auto file = spool->file(std::string(formats::member::log));
        rlimit limit{64, 64};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        Progress progress({.json = false, .verbosity = -1, .colour = false, .live = false}, redaction_that_knows());
        progress.log_to(std::move(*file));
        for (int n = 0; n < 10; ++n) progress.warn("hq", "a line that does not fit any more");
        const auto closed = progress.close_log();
        return closed ? 1 : closed.error().kind == formats::ErrorKind::io ? 0 : 2;
    });
    child.read();
    CHECK(child.wait() == 0);
}

TEST_CASE("an error that ends the command is shown also with -q") {
    ChildOutput child([] {
        Progress progress({.json = false, .verbosity = -1, .colour = false, .live = false}, redaction_that_knows());
        progress.warn("hq", "hidden");
        progress.always("hq may still be debugging. Type:\n  no debug crypto isakmp");
        return 6;
    });
    child.read();
    CHECK(child.wait() == 6);
    CHECK(child.error_output == "hq may still be debugging. Type:\n  no debug crypto isakmp\n");
}

TEST_CASE("a refusal before the run gives one line, its remedy, the result object and the exit code") {
    const formats::Error error{formats::ErrorKind::usage, "incident.toml:3:1", "unknown key `foo`",
                               "did you mean `format`?"};
    ChildOutput child([&] { return Progress::refuse(true, error); });
    child.read();
    CHECK(child.wait() == 2);
    CHECK(child.error_output == "tacbundle: incident.toml:3:1: unknown key `foo`\n  did you mean `format`?\n");
    const auto all = objects(child.output);
    REQUIRE(all.size() == 1);
    CHECK(all[0]["event"] == "result");
    CHECK(all[0]["exit"] == 2);
    CHECK(all[0]["outcome"] == "usage");
    CHECK(all[0]["bundle"].is_null());

    ChildOutput plain([&] { return Progress::refuse(false, error, ExitCode::internal); });
    plain.read();
    CHECK(plain.wait() == 1);
    CHECK(plain.output.empty());
}

TEST_CASE("live lines on a terminal make room for a question and are gone at the end") {
    Pty person([] {
        const auto wait_for_enter = [] {
            std::array<char, 16> line{};
            (void)!::read(STDIN_FILENO, line.data(), line.size());
        };
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
        const auto settings = collector::progress_settings(false, 0);
        if (!settings.live || !settings.colour) return 1;
        collector::Terminal terminal;
        auto progress = std::make_unique<Progress>(settings, redaction_that_knows());
        terminal.around_questions([&] { progress->hold_screen(); }, [&] { progress->release_screen(); });
        progress->event({EventKind::endpoint, "hq", "connecting", {}, true});
        wait_for_enter();
        const auto answer = terminal.ask("hq: go on? ", false, collector::Patience::within(seconds(9)));
        progress->event({EventKind::endpoint, "hq", "going on", {}, true});
        wait_for_enter();
        progress->result(result_event(), "/tmp/x.tar.gz", seconds(5));
        progress.reset();
        return answer ? 0 : 2;
    });
    REQUIRE(person.read_until("connecting"));
    CHECK_FALSE(holds(person.seen(), "connecting\r\n"));
    person.type("\r");
    REQUIRE(person.read_until("hq: go on? "));
    CHECK(person.seen().ends_with("\r\x1b[Jhq: go on? "));
    person.type("y\r");
    REQUIRE(person.read_until("going on"));
    person.forget();
    person.type("\r");
    CHECK(person.end() == 0);
    CHECK(person.seen().starts_with("\r\n\r\x1b[J-"));
    CHECK(person.seen().ends_with("/tmp/x.tar.gz\r\n"));
}

TEST_CASE("NO_COLOR and a dumb terminal are honoured") {
    Pty person([] {
        ::setenv("TERM", "xterm", 1);
        ::setenv("NO_COLOR", "1", 1);
        const auto without = collector::progress_settings(false, 0);
        if (without.colour || !without.live) return 1;
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "dumb", 1);
        const auto dumb = collector::progress_settings(false, 0);
        return dumb.colour || dumb.live ? 2 : 0;
    });
    CHECK(person.end() == 0);
}
