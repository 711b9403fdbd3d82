// What turns debugs off when the run cannot: the guardian, seen from outside.

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
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

bool is_debugging(const stage::Lab& lab, const std::string& side) {
    return lab.control("state").at(side).at("debugging").get<bool>();
}
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

/// Until it acts by itself, by its only timer; 0: never.
int seconds_left(int guardian) {
    for (const auto& file : stage::fs::directory_iterator("/proc/" + std::to_string(guardian) + "/fdinfo")) {
        const std::string text = stage::read_text(file.path()), field = "it_value: (";
        const auto at = text.find(field);
        if (at != std::string::npos) return std::stoi(text.substr(at + field.size()));
    }
    return 0;
}

}  // namespace

TEST_CASE("a run that is killed leaves no debug, no process, no journal and a swept spool") {
    OpenWindow open;
    open.run->signal(SIGKILL);
    const auto killed = Time::now();
    CHECK(comes_true(10s, [&] { return nobody_debugs(open.lab); }));
    CHECK(comes_true(20s, [&] { return is_gone(open.guardian); }));
    MESSAGE("guardian ended after ",
            std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - killed).count(), " ms");
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
    CHECK(next.err.starts_with("tacbundle: what an earlier run had captured is kept: run `tacbundle recover " +
                               spools.front().string()));
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

TEST_CASE("the guardian has a time before anything is turned on: a run that hangs while it arms is ended as well") {
    // The rehearsal's answer does not come: the run is still arming, and waits.
    const stage::Lab lab({"--scenario", "peer-unreachable", "--fault", "left:stall-mid-show@no debug crypto isakmp"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
    auto run = incident.start();
    REQUIRE(lab.wait_for([](const json& entry) {
        return entry.value("side", "") == "left" && entry.value("text", "") == "no debug crypto isakmp";
    }));
    run->signal(SIGSTOP);
    const auto children = children_of(run->pid());
    REQUIRE(children.size() == 1);
    const int left = seconds_left(children.front());
    CHECK(left > 0);
    CHECK(left <= 80);  // 75 s for all of arming, and 5 s of grace
    run->signal(SIGKILL);
    CHECK(comes_true(20s, [&] { return is_gone(children.front()); }));
    CHECK(nobody_debugs(lab));
}

TEST_CASE("the time of the whole run ends its window too") {
    const stage::Lab lab({"--scenario", "peer-unreachable"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"2m\"\ndeadline = \"10s\"\nprobe = \"none\"\n";
    const auto began = Time::now();
    const auto run = incident.run();
    CAPTURE(run.err);
    CHECK(Time::now() - began < 60s);
    CHECK(run.exit == 3);
    CHECK(nobody_debugs(lab));
    CHECK(run.err.find("the debug window is closed: time is up") != std::string::npos);
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

TEST_CASE("the guardian needs no file of ~/.ssh, and believes none that has changed") {
    for (const bool is_changed : {false, true}) {
        CAPTURE(is_changed);
        OpenWindow open;
        stage::fs::remove_all(open.incident.home() / ".ssh");
        if (is_changed) {
            stage::fs::create_directories(open.incident.home() / ".ssh");
            std::ofstream(open.incident.home() / ".ssh/config")
                << "Host *\n  HostName 127.0.0.9\n  Port 9\n  User nobody\n";
            open.incident.write_known_hosts(
                "@revoked * " +
                open.lab.side("left")
                    .at("known_hosts")
                    .get<std::string>()
                    .substr(open.lab.side("left").at("known_hosts").get<std::string>().find(' ') + 1) +
                "\n");
        }
        open.run->signal(SIGKILL);
        CHECK(comes_true(20s, [&] { return is_gone(open.guardian); }));
        CHECK(nobody_debugs(open.lab));
        const auto run = open.incident.finish(*open.run);
        CAPTURE(run.err);
        CHECK(run.err.find("hq: debugs are off and proven") != std::string::npos);
        CHECK(run.err.find("branch: debugs are off and proven") != std::string::npos);
        CHECK(state_files(open.incident, "journal-").empty());
    }
}

TEST_CASE(
    "a guardian that cannot log in keeps the journal and names it; a device with another host key gets no password") {
    for (const char* fault : {"auth-fail", "wrong-hostkey"}) {
        CAPTURE(fault);
        stage::Lab lab({"--scenario", "peer-unreachable", "--left", "ios", "--right", "ios"});
        stage::Incident incident(lab);
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
        auto run = incident.start();
        REQUIRE(comes_true(30s, [&] { return both_poll(lab); }));
        const auto children = children_of(run->pid());
        REQUIRE(children.size() == 1);
        lab.control(std::string("fault left ") + fault);
        const std::size_t before = lab.log().size();
        run->signal(SIGKILL);
        // A device that cannot be logged in to is tried for a minute and a half where no password was sent.
        CHECK(comes_true(120s, [&] { return is_gone(children.front()); }));
        const auto end = incident.finish(*run);
        CAPTURE(end.err);
        const auto journals = state_files(incident, "journal-");
        REQUIRE(journals.size() == 1);
        CHECK(end.err.find("hq MAY STILL BE DEBUGGING") != std::string::npos);
        CHECK(end.err.find("run `tacbundle cleanup " + journals.front().string() + "`") != std::string::npos);
        CHECK(end.err.find("no debug crypto isakmp") != std::string::npos);
        CHECK(end.err.find("branch: debugs are off and proven") != std::string::npos);
        const auto log = lab.log();
        int asked = 0;
        for (std::size_t i = before; i < log.size(); ++i)
            if (log[i].value("side", "") == "left" && log[i].value("event", "") == "auth") ++asked;
        CHECK((std::string(fault) == "wrong-hostkey" ? asked == 0 : asked > 0 && asked <= 3));
    }
}

TEST_CASE("the guardian holds neither the descriptor nor the variable of a password") {
    stage::Lab lab({"--scenario", "peer-unreachable"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
    const stage::fs::path secret = incident.folder() / "enable-of-hq";
    std::ofstream(secret) << lab.side("left").at("enable").get<std::string>();
    // One among the guardian's own descriptors, and one behind them all.
    incident.through_shell = "exec /bin/bash -c 'exec 9<\"$0\" 200<\"$0\"; exec \"$@\"' " + secret.string() + " \"$@\"";
    auto run = incident.start();
    REQUIRE(comes_true(30s, [&] { return both_poll(lab); }));
    const auto children = children_of(run->pid());
    REQUIRE(children.size() == 1);
    const stage::fs::path guardian = "/proc/" + std::to_string(children.front());
    const std::string environment = stage::read_text(guardian / "environ");
    CHECK(environment.find("HOME=") != std::string::npos);
    for (const char* side : {"left", "right"})
        CHECK(environment.find(lab.side(side).at("password").get<std::string>()) == std::string::npos);
    for (const auto& fd : stage::fs::directory_iterator(guardian / "fd")) {
        std::error_code gone;
        CHECK(stage::fs::read_symlink(fd, gone) != secret);
    }
    run->signal(SIGINT);
    CHECK(incident.finish(*run).exit == 130);
}

TEST_CASE("with a password that works once the guardian does not log in") {
    stage::Lab lab({"--scenario", "peer-unreachable", "--fault", "left:one-time-password"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
    incident.endpoint_lines["hq"] = "one-time-password = true";
    auto run = incident.start();
    REQUIRE(comes_true(30s, [&] { return is_debugging(lab, "left") && is_debugging(lab, "right"); }));
    const auto children = children_of(run->pid());
    REQUIRE(children.size() == 1);
    const std::size_t before = lab.log().size();
    run->signal(SIGKILL);
    CHECK(comes_true(120s, [&] { return is_gone(children.front()); }));
    CHECK(incident.finish(*run).err.find("its password works once") != std::string::npos);
    const auto log = lab.log();
    for (std::size_t i = before; i < log.size(); ++i)
        CHECK_FALSE((log[i].value("side", "") == "left" && log[i].value("event", "") == "auth"));
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
