// What turns debugs off when the run cannot: the guardian, seen from outside.

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "scenarios/safety_cells.hpp"

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using stage::both_poll;
using stage::children_of;
using stage::comes_true;
using stage::is_gone;
using stage::state_files;
using Time = std::chrono::steady_clock;

bool is_debugging(const stage::Lab& lab, const std::string& side) { return lab.control("state").at(side).at("debugging").get<bool>(); }
bool nobody_debugs(const stage::Lab& lab) { return !is_debugging(lab, "left") && !is_debugging(lab, "right"); }

/// A run whose window stays open until something ends it.
struct OpenWindow {
    stage::Lab lab{{"--scenario", "peer-unreachable"}};
    stage::Incident incident{lab};
    std::unique_ptr<stage::Process> run;
    int guardian = -1;

    explicit OpenWindow(const std::string& window = "60s") {
        incident.top = "debug-window = \"" + window + "\"\nprobe = \"none\"\n";
        run = incident.start();
        REQUIRE(comes_true(30s, [&] { return both_poll(lab); }));
        const auto children = children_of(run->pid());
        REQUIRE(children.size() == 1);
        guardian = children.front();
    }
};

}  // namespace

TEST_CASE("a run that is killed leaves no debug, no process, no journal and a swept spool") {
    OpenWindow open;
    open.run->signal(SIGKILL);
    const auto killed = Time::now();
    CHECK(comes_true(10s, [&] { return nobody_debugs(open.lab); }));
    CHECK(comes_true(20s, [&] { return is_gone(open.guardian); }));
    MESSAGE("guardian ended after ", std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - killed).count(), " ms");
    const auto run = open.incident.finish(*open.run);
    CHECK(run.err.find("hq: debugs are off and proven") != std::string::npos);
    CHECK(run.err.find("branch: debugs are off and proven") != std::string::npos);
    CHECK(state_files(open.incident, "journal-").empty());
    const auto spools = state_files(open.incident, "spool-");
    REQUIRE(spools.size() == 1);
    CHECK(stage::fs::exists(spools.front() / ".swept"));
    CHECK(open.incident.files_with("CANARY").empty());

    // The proof is the device's own list, asked after the run had died.
    const auto log = open.lab.log();
    int lists_after_close = 0;
    bool closed = false;
    for (const auto& entry : log) {
        closed = closed || entry.at("event") == "debug-off";
        if (closed && entry.at("event") == "line" && entry.at("text") == "show ssh sessions") ++lists_after_close;
    }
    CHECK(lists_after_close >= 2);

    // The next start says so first.
    open.incident.top = "no-debug = true\n";
    auto next = open.incident.run("collect");
    CHECK(next.err.starts_with("tacbundle: what an earlier run had captured is kept: run `tacbundle recover " + spools.front().string()));
}

TEST_CASE("a run that hangs in the window is ended, and its debugs are off soon after its time") {
    OpenWindow open("4s");
    open.run->signal(SIGSTOP);
    CHECK_FALSE(nobody_debugs(open.lab));
    CHECK(comes_true(30s, [&] { return nobody_debugs(open.lab); }));
    CHECK(comes_true(20s, [&] { return is_gone(open.guardian); }));
    const auto run = open.incident.finish(*open.run);
    CHECK(run.err.find("hung and was ended") != std::string::npos);
    CHECK(run.err.find("hq: debugs are off and proven") != std::string::npos);
    CHECK(run.exit == 128 + SIGKILL);
}

TEST_CASE("signals of a terminal do not reach the guardian") {
    OpenWindow open;
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGTSTP}) ::kill(open.guardian, signal);
    CHECK(::getsid(open.guardian) == open.guardian);
    open.run->signal(SIGKILL);
    CHECK(comes_true(20s, [&] { return is_gone(open.guardian); }));
    CHECK(nobody_debugs(open.lab));
    CHECK(open.incident.finish(*open.run).err.find("debugs are off and proven") != std::string::npos);
}

TEST_CASE("the window closes when the guardian dies, and the run goes on to its bundle") {
    OpenWindow open;
    ::kill(open.guardian, SIGKILL);
    CHECK(comes_true(5s, [&] { return nobody_debugs(open.lab); }));
    const auto run = open.incident.finish(*open.run);
    CHECK(run.exit == 3);
    REQUIRE_FALSE(run.unpacked.empty());
    const std::string manifest = stage::read_text(run.unpacked / "manifest.xml");
    CHECK(manifest.find("guard: the guardian process has died") != std::string::npos);
    CHECK(manifest.find("proven=\"true\"") != std::string::npos);
    CHECK(state_files(open.incident, "").empty());
}

TEST_CASE("an ordinary run leaves neither journal nor spool nor guardian") {
    stage::Lab lab({"--time-scale", "0.1"});
    stage::Incident incident(lab);
    auto process = incident.start();
    std::vector<int> children;
    CHECK(comes_true(30s, [&] { return !(children = children_of(process->pid())).empty() || !process->is_running(); }));
    const auto run = incident.finish(*process);
    CHECK(run.exit == 0);
    CHECK(state_files(incident, "").empty());
    for (const int child : children) CHECK(is_gone(child));
}
