// What dead runs leave, and the commands that deal with it: cleanup and recover. A disk that is full.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "formats/bundle/manifest.hpp"
#include "scenarios/safety_cells.hpp"

namespace {

using namespace std::chrono_literals;
using stage::comes_true;

/// Both processes killed while debugs are on: what nobody could turn off.
struct Orphaned {
    stage::Lab lab;
    stage::Incident incident{lab};
    std::string journal, spool;

    explicit Orphaned(std::vector<std::string> arguments = {"--scenario", "peer-unreachable"})
        : lab(std::move(arguments)) {
        incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
        auto run = incident.start();
        REQUIRE(comes_true(30s, [&] {
            return lab.control("state").at("left").at("debugging").get<bool>() &&
                   lab.control("state").at("right").at("debugging").get<bool>();
        }));
        const auto children = stage::children_of(run->pid());
        REQUIRE(children.size() == 1);
        run->signal(SIGSTOP);
        ::kill(children.front(), SIGKILL);
        run->signal(SIGKILL);
        run->wait();
        const auto journals = stage::state_files(incident, "journal-"), spools = stage::state_files(incident, "spool-");
        REQUIRE(journals.size() == 1);
        REQUIRE(spools.size() == 1);
        journal = journals.front();
        spool = spools.front();
    }

    stage::Run command(const std::vector<std::string>& words) {
        std::vector<std::string> all{stage::program()};
        all.insert(all.end(), words.begin(), words.end());
        std::map<std::string, std::string> environment{{"HOME", incident.home()}, {"XDG_STATE_HOME", incident.state()}};
        for (const char* side : {"left", "right"}) {
            environment[std::string("PASSWORD_") + side] = lab.side(side).at("password");
            environment[std::string("ENABLE_") + side] = lab.side(side).at("enable");
        }
        stage::Process process(all, environment, incident.folder() / "stdout", incident.folder() / "stderr");
        return incident.finish(process);
    }
};

}  // namespace

TEST_CASE(
    "check names the debugs that are on, whose they are as far as a journal tells, and the command that turns ours "
    "off") {
    {
        Orphaned orphan({"--left", "ios", "--right", "ios", "--scenario", "peer-unreachable"});
        const auto checked = orphan.incident.run("check");
        CAPTURE(checked.err);
        CHECK(checked.exit == 0);
        CHECK(checked.err.find("an earlier run may have left debugs on at ") != std::string::npos);
        CHECK(checked.err.find(" on: Crypto ISAKMP debugging is on") != std::string::npos);
        CHECK(checked.err.find("debugging is on; left on by an earlier run: tacbundle cleanup " + orphan.journal) !=
              std::string::npos);
        CHECK(checked.err.find("somebody else's") == std::string::npos);
        CHECK(stage::fs::exists(orphan.journal));
        CHECK(checked.err.find("COMPLETE: 2 of 2 endpoints are ready") != std::string::npos);
    }
    const stage::Lab lab({"--left", "ios", "--right", "ios", "--fault", "left:preexisting-debug"});
    stage::Incident incident(lab);
    const auto checked = incident.run("check");
    CAPTURE(checked.err);
    CHECK(checked.exit == 0);
    CHECK(checked.err.find("debugging is on; by no journal here: somebody else's") != std::string::npos);
    CHECK(checked.err.find("cleanup") == std::string::npos);
}

TEST_CASE(
    "cleanup proves off what a dead run and its dead guardian left, shows its lines first, and removes the journal") {
    Orphaned left;
    const auto run = left.command({"cleanup", left.journal});
    CHECK(run.exit == 0);
    const auto shown = run.err.find("show ssh sessions"), proven = run.err.find("off and proven");
    REQUIRE(shown != std::string::npos);
    REQUIRE(proven != std::string::npos);
    CHECK(shown < proven);
    CHECK(stage::debugs_left_on(left.lab).empty());
    CHECK(stage::state_files(left.incident, "journal-").empty());
    CHECK(stage::secrets_left(left.incident).empty());
}

TEST_CASE(
    "a key of one end in a remark of the other never touches the disk, though both processes are killed at once") {
    const stage::Folder hq, branch;
    const std::string key = "CANARYkey-of-the-other-end";
    std::ofstream(hq.path() / "write-terminal.txt")
        << "PIX Version 7.2(2)\n!\nhostname hq\naccess-list 101 remark the other end has " << key << "\n: end\n";
    std::ofstream(branch.path() / "write-terminal.txt")
        << "hostname branch\ncrypto isakmp key " << key << " address 198.51.100.1\nend\n";
    // The other end's configuration does not come to its end: until then nothing is known of its keys.
    const stage::Lab lab({"--right", "ios", "--replay", "left:" + hq.path().string(), "--replay",
                          "right:" + branch.path().string(), "--fault", "right:stall-mid-show@write terminal"});
    stage::Incident incident(lab);
    auto run = incident.start();
    const auto asked = [&](const std::string& side, const std::string& line) {
        return lab.wait_for(
            [&](const auto& entry) { return entry.value("side", "") == side && entry.value("text", "") == line; });
    };
    REQUIRE(asked("right", "write terminal"));
    REQUIRE(asked("left", "show debug"));  // the last of `before`: its configuration was captured long ago
    const auto children = stage::children_of(run->pid());
    REQUIRE(children.size() == 1);
    run->signal(SIGSTOP);
    ::kill(children.front(), SIGKILL);
    run->signal(SIGKILL);
    run->wait();
    CHECK_FALSE(stage::state_files(incident, "spool-").empty());
    CHECK(incident.files_with(key).empty());
}

TEST_CASE(
    "what only the window showed to be a secret is gone from what was written before it, also when the run dies then") {
    const stage::Folder replay;
    const std::string key = "CANARYshown-in-the-window";
    std::ofstream(replay.path() / "show-failover.txt") << "Failover Off\nnote: " << key << "\n";
    std::ofstream(replay.path() / "packet-tracer-input-inside-icmp-10.1.1.10-8-0-10.2.2.1.txt")
        << "isakmp key " << key << " address 203.0.113.1 netmask 255.255.255.255\n";
    // One session at each end: what it hears is told to the guardian when all debugs are off. One of them takes its
    // time for that, so that there is some to make both stall at the first line behind it.
    const stage::Lab lab({"--scenario", "peer-unreachable", "--replay", "left:" + replay.path().string(), "--fault",
                          "left:second-session-refused", "--fault", "right:second-session-refused", "--fault",
                          "right:slow-undebug=4000"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"3s\"\n";
    auto run = incident.start();
    const auto lines_behind_its_debugs = [&](const std::string& line) {
        int lines = 0;
        bool is_off = false;
        for (const auto& entry : lab.log()) {
            if (entry.value("side", "") != "left") continue;
            is_off = is_off || entry.value("event", "") == "debug-off";
            if (is_off && entry.value("text", "") == line) ++lines;
        }
        return lines;
    };
    REQUIRE(comes_true(60s, [&] { return lines_behind_its_debugs("show clock") > 0; }));
    const auto children = stage::children_of(run->pid());
    REQUIRE(children.size() == 1);
    const auto spools = stage::state_files(incident, "spool-");
    REQUIRE(spools.size() == 1);
    CHECK(stage::read_text(spools.front() / "endpoints/hq/before/show-failover.txt").find(key) != std::string::npos);
    for (const char* side : {"left", "right"})
        lab.control(std::string("fault ") + side + " stall-mid-show@show crypto isakmp sa");
    REQUIRE(comes_true(60s, [&] { return lines_behind_its_debugs("show crypto isakmp sa") > 0; }));
    run->signal(SIGKILL);
    run->wait();
    CHECK(comes_true(20s, [&] { return stage::is_gone(children.front()); }));
    CHECK(stage::fs::exists(spools.front() / ".swept"));
    CHECK(incident.files_with(key).empty());
}

TEST_CASE("the next start names the journal first, and the journal holds no secret") {
    Orphaned left;
    CHECK(stage::secrets_left(left.incident).empty());
    left.incident.top = "no-debug = true\n";
    const auto next = left.incident.run();
    CHECK(next.exit == 0);
    CAPTURE(next.err);
    CHECK(next.err.starts_with(
        "tacbundle: an earlier run may have left debugs on at branch, hq: run `tacbundle cleanup " + left.journal +
        "`\n"));
}

TEST_CASE("cleanup sends nothing that this build would not compose, and contacts nobody then") {
    Orphaned left;
    std::string text = stage::read_text(left.journal);
    const std::string ours = "no debug crypto isakmp";
    text.replace(text.rfind(ours), ours.size(), "write erase");
    std::ofstream(left.journal, std::ios::trunc) << text;
    const std::size_t before = left.lab.log().size();
    const auto run = left.command({"cleanup", left.journal});
    CHECK(run.exit == 2);
    CHECK(run.err.find("write erase") != std::string::npos);
    bool contacted = false;
    const auto log = left.lab.log();
    for (std::size_t i = before; i < log.size(); ++i) contacted = contacted || log[i].value("event", "") == "open";
    CHECK_FALSE(contacted);
}

TEST_CASE("cleanup runs no program that only the journal names, shows what it would send, and says what to type") {
    Orphaned left;
    const std::string whole = stage::read_text(left.journal);
    const stage::fs::path proof = left.incident.folder() / "was-run";
    for (const bool is_target : {false, true}) {
        CAPTURE(is_target);
        std::string text = whole;
        const std::string named = is_target ? "ssh://" + left.lab.side("left").at("user").get<std::string>() +
                                                  "@127.0.0.1:" + left.lab.side("left").at("port").dump()
                                            : "env:PASSWORD_left";
        const std::string program = (is_target ? "exec:/usr/bin/touch " : "command:/usr/bin/touch ") + proof.string();
        REQUIRE(text.find(named) != std::string::npos);
        for (auto at = text.find(named); at != std::string::npos; at = text.find(named, at + program.size()))
            text.replace(at, named.size(), program);
        std::ofstream(left.journal, std::ios::trunc) << text;
        const auto run = left.command({"cleanup", left.journal});
        CAPTURE(run.err);
        CHECK(run.exit == 6);
        CHECK_FALSE(stage::fs::exists(proof));
        CHECK(run.err.find("hq MAY STILL BE DEBUGGING (it needs a program that only the journal names") !=
              std::string::npos);
        CHECK(run.err.find("    tacbundle cleanup " + left.journal) != std::string::npos);
        CHECK(stage::state_files(left.incident, "journal-").size() == 1);
    }
}

TEST_CASE("cleanup and recover without an argument list what there is") {
    Orphaned left;
    const auto journals = left.command({"cleanup"});
    CHECK(journals.exit == 0);
    CHECK(journals.out == "0 min ago: an earlier run may have left debugs on at branch, hq: run `tacbundle cleanup " +
                              left.journal + "`\n");
    const auto spools = left.command({"recover"});
    CHECK(spools.exit == 0);
    CHECK(spools.out ==
          "0 min ago: what an earlier run had captured is kept: run `tacbundle recover " + left.spool + "`\n");
}

TEST_CASE("recover takes neither a missing journal nor one that is locked or spoilt for good news, and says so") {
    Orphaned left;
    const std::string journal = stage::read_text(left.journal);
    const auto recover = [&](const std::string& spool) {
        stage::fs::remove_all(left.incident.folder() / "unpacked");
        for (const auto& bundle : stage::fs::directory_iterator(left.incident.output())) stage::fs::remove(bundle);
        // It is gone once it is packed.
        const stage::fs::path copy = left.incident.folder() / "copy" / stage::fs::path(spool).filename();
        stage::fs::create_directories(copy.parent_path());
        stage::fs::copy(spool, copy, stage::fs::copy_options::recursive);
        return left.command({"recover", copy, "--output", left.incident.output()});
    };
    const stage::fs::path beside_the_copy = left.incident.folder() / "copy" / stage::fs::path(left.journal).filename();
    const auto proven = [&](const stage::Run& run) {
        const auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
        return manifest ? manifest->endpoints.at(0).debug.proven : formats::DebugRecord::Proven::yes;
    };
    const auto said = [](const stage::Run& run) {
        return run.err.find("hq: whether its debugs are off is not known") != std::string::npos;
    };

    const auto missing = recover(left.spool);
    CHECK(missing.exit == 3);
    CHECK(proven(missing) == formats::DebugRecord::Proven::not_armed);
    CHECK(said(missing));

    std::ofstream(beside_the_copy) << journal << "what is this\n";
    const auto spoilt = recover(left.spool);
    CHECK(proven(spoilt) == formats::DebugRecord::Proven::not_armed);
    CHECK(said(spoilt));

    std::ofstream(beside_the_copy, std::ios::trunc) << journal;
    const int held = ::open(beside_the_copy.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
    const auto locked = recover(left.spool);
    CHECK(proven(locked) == formats::DebugRecord::Proven::not_armed);
    CHECK(said(locked));
    ::close(held);

    const auto owing = recover(left.spool);
    CHECK(proven(owing) == formats::DebugRecord::Proven::no);
    CHECK(owing.err.find("hq MAY STILL BE DEBUGGING: tacbundle cleanup " + beside_the_copy.string()) !=
          std::string::npos);
}

TEST_CASE("cleanup that cannot log in exits with 6, says what to type and keeps the journal") {
    Orphaned left;
    for (const char* side : {"left", "right"}) left.lab.control(std::string("fault ") + side + " auth-fail");
    const auto run = left.command({"cleanup", left.journal});
    CHECK(run.exit == 6);
    CHECK(run.err.find("hq MAY STILL BE DEBUGGING") != std::string::npos);
    CHECK(run.err.find("no debug crypto isakmp") != std::string::npos);
    CHECK(stage::state_files(left.incident, "journal-").size() == 1);
}

TEST_CASE("recover packs what a run without guardian left, marked rules-only, and removes the spool") {
    Orphaned left;
    const auto run = left.command({"recover", left.spool, "--output", left.incident.output()});
    CHECK(run.exit == 3);
    REQUIRE_FALSE(run.unpacked.empty());
    const auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    REQUIRE(manifest);
    CHECK(manifest->redaction_verified == "rules-only");
    CHECK(manifest->outcome == "interrupted");
    REQUIRE(manifest->endpoints.size() == 2);
    CHECK_MESSAGE(manifest->endpoints[0].debug.proven == formats::DebugRecord::Proven::no,
                  "its journal still owes the undo");
    CHECK(stage::invalid_bundle(run, left.incident).empty());
    CHECK(stage::unexplained(run).empty());
    CHECK(stage::fs::exists(run.unpacked / "endpoints/hq/before/write-terminal.txt"));
    CHECK(stage::fs::exists(run.unpacked / "endpoints/hq/debug/debug-crypto.txt"));
    CHECK(stage::state_files(left.incident, "spool-").empty());
}

TEST_CASE("recover packs what a run could not write, and says of it what its manifest says") {
    const stage::Lab lab({"--time-scale", "0.1"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
    stage::fs::create_directories(incident.output());
    if (::mount("tmpfs", incident.output().c_str(), "tmpfs", 0, "size=2m") != 0) {
        std::puts("NOT RUN: recover of what a full disk did not take: no tmpfs can be mounted here");
        return;
    }
    auto process = incident.start();
    CHECK(comes_true(30s, [&] { return lab.control("state").at("left").at("debugging").get<bool>(); }));
    std::ofstream(incident.output() / "full") << std::string(4U << 20, 'x');
    CHECK(process->wait() == 5);
    REQUIRE(::umount(incident.output().c_str()) == 0);
    const auto spools = stage::state_files(incident, "spool-");
    REQUIRE(spools.size() == 1);

    stage::Process recover({stage::program(), "recover", spools.front(), "--json", "--output", incident.output()},
                           {{"XDG_STATE_HOME", incident.state()}}, incident.folder() / "stdout",
                           incident.folder() / "stderr");
    const stage::Run recovered = incident.finish(recover);
    CHECK(recovered.exit == 3);
    CHECK(stage::read_text(incident.folder() / "stdout").find("\"outcome\":\"complete\"") != std::string::npos);
    REQUIRE_FALSE(recovered.unpacked.empty());
    const auto manifest = formats::parse_manifest(stage::read_text(recovered.unpacked / "manifest.xml"));
    REQUIRE(manifest);
    CHECK(manifest->outcome == "complete");
    CHECK(stage::invalid_bundle(recovered, incident).empty());
}

TEST_CASE(
    "what is left of a spool whose run was killed while it removed it goes with the next run, but not while one "
    "removes it") {
    const stage::Lab lab({"--time-scale", "0.1"});
    stage::Incident incident(lab);
    const stage::fs::path place = stage::fs::path(incident.state()) / "tacbundle", dead = place / ".removed-spool-1",
                          alive = place / ".removed-spool-2";
    for (const auto& folder : {dead, alive}) {
        stage::fs::create_directories(folder / "endpoints/hq/before");
        std::ofstream(folder / "endpoints/hq/before/show-version.txt") << "what was packed already\n";
        std::ofstream(folder / ".lock") << "";
    }
    const int held = ::open((alive / ".lock").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
    const stage::Run run = incident.run();
    CHECK(run.exit == 0);
    CHECK(run.err.find(".removed") == std::string::npos);
    CHECK_FALSE(stage::fs::exists(dead));
    CHECK(stage::fs::exists(alive / "endpoints/hq/before/show-version.txt"));
    ::close(held);
}

TEST_CASE("neither command touches a run that lives") {
    stage::Lab lab({"--scenario", "peer-unreachable"});
    stage::Incident incident(lab);
    incident.top = "debug-window = \"60s\"\nprobe = \"none\"\n";
    auto run = incident.start();
    REQUIRE(comes_true(30s, [&] { return lab.control("state").at("left").at("debugging").get<bool>(); }));
    for (const auto& other_command : {std::pair("cleanup", stage::state_files(incident, "journal-")),
                                      std::pair("recover", stage::state_files(incident, "spool-"))}) {
        const auto& [command, file] = other_command;
        CAPTURE(other_command.first);
        REQUIRE(file.size() == 1);
        stage::Process other({stage::program(), command, file.front()}, {{"HOME", incident.home()}},
                             incident.folder() / "o", incident.folder() / "e");
        CHECK(other.wait() == 2);
        CHECK(stage::read_text(incident.folder() / "e").find("still lives") != std::string::npos);
    }
    run->signal(SIGINT);
    CHECK(incident.finish(*run).exit == 130);
}

TEST_CASE("a limit on file sizes, wherever it strikes, leaves debugs off and no half archive") {
    int not_written = 0;
    for (const int kilobytes : {1, 2, 4, 8, 16, 24, 32, 64}) {
        CAPTURE(kilobytes);
        stage::Lab lab({"--time-scale", "0.1"});
        stage::Incident incident(lab);
        incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
        incident.through_shell = "ulimit -f " + std::to_string(2 * kilobytes) + "; exec \"$@\"";
        const auto run = incident.run();
        CAPTURE(run.err);
        CHECK(stage::debugs_left_on(lab).empty());
        const bool known = run.exit == 0 || run.exit == 3 || run.exit == 5;
        CHECK(known);
        if (run.exit == 5) {
            ++not_written;
            CHECK(run.bundle.empty());
            const auto spools = stage::state_files(incident, "spool-");
            const bool named_or_nothing_contacted =
                spools.empty() || run.err.find(spools.front().string()) != std::string::npos;
            CHECK(named_or_nothing_contacted);
        } else {
            CHECK(stage::invalid_bundle(run, incident).empty());
        }
        CHECK(stage::state_files(incident, "journal-").empty());
        CHECK(stage::secrets_left(incident).empty());
    }
    CHECK(not_written > 0);
}

TEST_CASE("a disk that fills up at any moment leaves debugs off, and exit 5 names the spool or the reason") {
    for (const char* options : {"size=16k", "size=48k", "size=96k", "size=160k", "size=400k", "size=4m,nr_inodes=4",
                                "size=4m,nr_inodes=12", "size=4m,nr_inodes=24", "size=1m,ro"}) {
        CAPTURE(options);
        stage::Lab lab({"--time-scale", "0.1"});
        stage::Incident incident(lab);
        incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
        stage::fs::create_directories(incident.state());
        const std::string kinds(options);
        const unsigned long flags = kinds.ends_with(",ro") ? MS_RDONLY : 0;
        const std::string data = kinds.substr(0, kinds.rfind(",ro"));
        if (::mount("tmpfs", incident.state().c_str(), "tmpfs", flags, data.c_str()) != 0) {
            std::puts("NOT RUN: a disk that fills up: no tmpfs can be mounted here");
            return;
        }
        const auto run = incident.run();
        CAPTURE(run.err);
        CHECK(stage::debugs_left_on(lab).empty());
        const bool known = run.exit == 0 || run.exit == 3 || run.exit == 5;
        CHECK(known);
        if (run.exit == 5) {
            CHECK(run.bundle.empty());
            const auto spools = stage::state_files(incident, "spool-");
            const bool named = spools.empty() ? run.err.find("tacbundle") != std::string::npos
                                              : run.err.find(spools.front().string()) != std::string::npos;
            CHECK(named);
        } else {
            CHECK(stage::invalid_bundle(run, incident).empty());
        }
        CHECK(stage::state_files(incident, "journal-").empty());
        REQUIRE(::umount(incident.state().c_str()) == 0);
    }
}

TEST_CASE("too few open files are said before anything is contacted; a soft limit is raised") {
    for (const bool hard : {true, false}) {
        for (const int files : {16, 24, 40}) {
            CAPTURE(hard);
            CAPTURE(files);
            stage::Lab lab({"--time-scale", "0.1"});
            stage::Incident incident(lab);
            incident.top = "debug-window = \"5s\"\nsettle = \"300ms\"\n";
            incident.through_shell =
                std::string("ulimit ") + (hard ? "-n " : "-S -n ") + std::to_string(files) + "; exec \"$@\"";
            const std::size_t before = lab.log().size();
            const auto run = incident.run();
            CAPTURE(run.err);
            CHECK(run.exit == (hard ? 5 : 0));
            CHECK(run.bundle.empty() == hard);
            if (hard) CHECK(run.err.find("ulimit -n 48") != std::string::npos);
            if (hard) CHECK(lab.log().size() == before);
            CHECK(stage::state_files(incident, "").empty());
        }
    }
}

TEST_CASE("a cleanup leaves a device alone while another run works on it, or the guardian of one that died") {
    Orphaned left;
    const auto debugs = [&] { return left.lab.control("state").at("left").at("debugging").get<bool>(); };
    REQUIRE(comes_true(30s, [&] { return !debugs(); }));  // those of the orphan end with its session
    left.incident.sides = {"left"};
    auto run = left.incident.start();
    REQUIRE(comes_true(30s, debugs));
    const auto by_run = left.command({"cleanup", left.journal});
    CAPTURE(by_run.err);
    CHECK(by_run.exit == 6);
    CHECK(by_run.err.find("hq MAY STILL BE DEBUGGING (another run works on this device (process ") !=
          std::string::npos);
    const auto children = stage::children_of(run->pid());
    REQUIRE(children.size() == 1);
    ::kill(children.front(), SIGSTOP);  // so that it is not done before the next one looks
    run->signal(SIGKILL);
    run->wait();
    const auto by_guardian = left.command({"cleanup", left.journal});
    CAPTURE(by_guardian.err);
    CHECK(by_guardian.exit == 6);
    CHECK(by_guardian.err.find("its guardian is turning its debugs off") != std::string::npos);
    ::kill(children.front(), SIGCONT);
    CHECK(comes_true(30s, [&] { return stage::is_gone(children.front()); }));
    CHECK(left.command({"cleanup", left.journal}).exit == 0);
}
