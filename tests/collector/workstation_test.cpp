// A workstation that is a real OpenSSH server: how its lines are run, and by which program.

#include "collector/probe/workstation.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "collector/plan/workstation_lines.hpp"
#include "tests/support/openssh_server.hpp"
#include "tests/support/ssh_client.hpp"

using namespace support;
using formats::ProbeSpec;

namespace {

struct Station {
    TemporaryFolder folder;
    std::optional<OpensshServer> server;
    std::optional<Client> client;

    /// `command`: how the server runs what it is sent; `programs` are alone in its PATH, each a line of sh.
    Station(const std::string& command, const std::vector<std::pair<std::string, std::string>>& programs) {
        have(programs);
        auto started = OpensshServer::start(
            folder, "ForceCommand PATH=" + (folder.path() / "bin").string() + "; export PATH; " + command + "\n");
        if (!started) return;
        server.emplace(std::move(*started));
        client.emplace(server->port(), "");
        client->trust(server->known_hosts());
        client->folder.write("config", "Host *\n IdentityFile " + (folder.path() / "login_key").string() + "\n");
    }

    void have(const std::vector<std::pair<std::string, std::string>>& programs) const {
        std::filesystem::remove_all(folder.path() / "bin");
        std::filesystem::create_directories(folder.path() / "bin");
        for (const auto& [name, line] : programs) {
            const auto path = folder.path() / "bin" / name;
            std::ofstream(path) << "#!/bin/sh\n" << line << "\n";
            ::chmod(path.c_str(), 0755);
        }
    }

    formats::Result<std::unique_ptr<collector::ProbeSender>> log_in() {
        formats::EndpointSpec spec;
        spec.name = "workstation";
        spec.target.host = "127.0.0.1";
        spec.target.port = server->port();
        spec.target.user = "root";
        spec.target.written = "ssh://root@127.0.0.1";
        collector::WorkstationLogin login{
            spec, std::move(*collector::Credentials::gather(spec, client->terminal, *client->redaction))};
        collector::LoginSettings settings;
        settings.host_key = formats::HostKeyPolicy::strict;
        settings.ssh_folder = client->settings.ssh_folder;
        settings.terminal = &client->terminal;
        return collector::Workstation::log_in(login, settings, Patience::within(seconds(10)));
    }
};

const std::string runs = "exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"";
const std::string gives_a_shell = "exec /bin/sh";

ProbeSpec probe_of(ProbeSpec::Kind kind) {
    ProbeSpec probe;
    probe.mode = ProbeSpec::Mode::given;
    probe.kind = kind;
    probe.to = "10.2.2.10";
    probe.port = 443;
    return probe;
}

}  // namespace

TEST_CASE("a workstation runs each line by itself, or in a shell where it gives nothing else") {
    for (const std::string& command : {runs, gives_a_shell}) {
        CAPTURE(command);
        Station station(command, {{"ping", "echo \"ping $*\"; [ -t 0 ] && echo on a terminal; exit 1"}});
        if (!station.server) return;
        auto sender = station.log_in();
        REQUIRE_MESSAGE(sender, (sender ? "" : sender.error().message()));
        const ProbeSpec probe = probe_of(ProbeSpec::Kind::icmp);
        for (int i = 0; i < 3; ++i) {
            const auto answer = (*sender)->send(probe, Patience::within(seconds(10)));
            REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().message()));
            CHECK_FALSE(answer->is_answered);
            CHECK(answer->text ==
                  std::string("ping -n -c 1 -W 1 10.2.2.10\n") + (command == runs ? "" : "on a terminal\n"));
        }
        CHECK((*sender)->sends(probe) == "ping -n -c 1 -W 1 10.2.2.10");
    }
}

TEST_CASE("a workstation uses what it has: nc where there is no ping, bash where there is no nc") {
    struct Case {
        std::vector<std::pair<std::string, std::string>> programs;
        ProbeSpec::Kind kind;
        std::string sends, text;
        bool is_answered;
    };
    for (const std::string& command : {runs, gives_a_shell}) {
        Station station(command, {});
        if (!station.server) return;
        for (const Case& c : std::vector<Case>{
                 {{{"nc", "echo \"nc $*: refused\"; exit 1"}},
                  ProbeSpec::Kind::icmp,
                  "nc -v -z -w 1 10.2.2.10 80",
                  "nc -v -z -w 1 10.2.2.10 80: refused\n",
                  true},
                 {{{"nc", "echo \"nc: invalid option -- 'z'\"; exit 1"}, {"timeout", "shift; echo \"$*\""}},
                  ProbeSpec::Kind::tcp,
                  "timeout 1 bash -c ': >/dev/tcp/10.2.2.10/443'",
                  "bash -c : >/dev/tcp/10.2.2.10/443\n",
                  true},
                 {{{"timeout", "shift; echo \"$*\""}},
                  ProbeSpec::Kind::udp,
                  "timeout 1 bash -c 'echo tacbundle >/dev/udp/10.2.2.10/443'",
                  "bash -c echo tacbundle >/dev/udp/10.2.2.10/443\n",
                  false}}) {
            CAPTURE(command);
            CAPTURE(c.sends);
            station.have(c.programs);
            auto sender = station.log_in();
            REQUIRE_MESSAGE(sender, (sender ? "" : sender.error().message()));
            const auto answer = (*sender)->send(probe_of(c.kind), Patience::within(seconds(10)));
            REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().message()));
            CHECK((*sender)->sends(probe_of(c.kind)) == c.sends);
            CHECK(answer->is_answered == c.is_answered);
            CHECK(answer->text == c.text);
            // All that is sent is announced.
            const auto announced = collector::workstation_lines(probe_of(c.kind));
            CHECK(std::count(announced.begin(), announced.end(), c.sends) == 1);
        }
    }
}

TEST_CASE("a command on a workstation ends at its patience, and the connection goes on") {
    Station station(runs, {{"ping", "exec /bin/sleep 1000"}});
    if (!station.server) return;
    auto sender = station.log_in();
    REQUIRE_MESSAGE(sender, (sender ? "" : sender.error().message()));
    const ProbeSpec probe = probe_of(ProbeSpec::Kind::icmp);
    const Watch watch;
    for (int i = 0; i < 3; ++i) {
        const auto late = (*sender)->send(probe, Patience::within(milliseconds(200)));
        REQUIRE_FALSE(late);
        CHECK(late.error().kind == formats::ErrorKind::timeout);
    }
    CHECK(watch.is_within(milliseconds(600), seconds(5)));
    std::ofstream(station.folder.path() / "bin" / "ping") << "#!/bin/sh\necho answered\n";
    const auto answer = (*sender)->send(probe, Patience::within(seconds(10)));
    REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().message()));
    CHECK(answer->is_answered);
}

TEST_CASE("a workstation that runs nothing and gives no shell is an error") {
    Station station("exit 1", {});
    if (!station.server) return;
    const auto sender = station.log_in();
    REQUIRE_FALSE(sender);
    CHECK(sender.error().kind == formats::ErrorKind::disconnected);
}
