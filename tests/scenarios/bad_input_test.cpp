// What goes wrong before and while a device is reached: the message says what was being done, to whom, what
// came back and what to do; the exit code is the documented one; what was captured before is in the bundle.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "scenarios/stage.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

const std::vector<std::string> quick{"--time-scale", "0.1"};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::string> with_fault(const std::string& fault) { return {"--time-scale", "0.1", "--fault", fault}; }

/// A port of this machine where connections are accepted by the kernel and nobody ever answers.
int silent_port() {
    static const int port = [] {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 16) != 0) return 0;
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
        return static_cast<int>(ntohs(address.sin_port));
    }();
    return port;
}

std::size_t contacts(const Lab& lab) {
    std::size_t opened = 0;
    for (const json& entry : lab.log()) opened += entry.value("event", "") == "open" ? 1U : 0U;
    return opened;
}

}  // namespace

TEST_CASE("what is wrong in the input is said with its place, and nothing is contacted") {
    const Lab lab(quick);
    struct Row {
        std::string name;
        void (*spoil)(Incident&);
        std::vector<std::string> says;
    };
    const std::vector<Row> rows{
        {"unknown option",
         [](Incident& i) {
             i.arguments = {"--debug-windw", "5s"};
         },
         {"--debug-windw"}},
        {"option without its value", [](Incident& i) { i.arguments = {"--settle"}; }, {"--settle"}},
        {"bad duration",
         [](Incident& i) {
             i.arguments = {"--settle", "5"};
         },
         {"settle", "5s"}},
        {"window too long",
         [](Incident& i) {
             i.arguments = {"--debug-window", "11m"};
         },
         {"10m"}},
        {"unknown key",
         [](Incident& i) { i.top = "debug-windw = \"5s\"\n"; },
         {"incident.toml:1:1", "debug-windw", "debug-window"}},
        {"wrong type", [](Incident& i) { i.top = "debug-window = 5\n"; }, {"incident.toml:1:", "debug-window"}},
        {"consent in the file",
         [](Incident& i) { i.top = "allow-reset = \"all\"\n"; },
         {"incident.toml:1:1", "command line"}},
        {"broken TOML", [](Incident& i) { i.top = "debug-window = \"5s\n"; }, {"incident.toml:1:"}},
        {"no endpoint", [](Incident& i) { i.sides.clear(); }, {"endpoint"}},
        {"unknown platform", [](Incident& i) { i.endpoint_lines["hq"] = "platform = \"pix9\""; }, {"pix9", "pix7"}},
        {"secret file that is not there",
         [](Incident& i) {
             i.sides = {"left"};
             i.arguments = {"x=ssh://pix@127.0.0.1:9?password-from=file:/nonexistent/pw"};
         },
         {"/nonexistent/pw"}},
        {"variable that is not set",
         [](Incident& i) { i.arguments = {"x=ssh://pix@127.0.0.1:9?password-from=env:NO_SUCH_VARIABLE"}; },
         {"NO_SUCH_VARIABLE"}},
        {"password in the URL",
         [](Incident& i) { i.arguments = {"x=ssh://pix:CANARYurl@127.0.0.1:9"}; },
         {"password-from"}},
        {"output folder missing",
         [](Incident& i) { i.output_argument = "/nonexistent/folder/bundle.tar.gz"; },
         {"/nonexistent/folder", "--output"}},
        {"pattern RE2 refuses",
         [](Incident& i) { i.top = "debug-window = \"5s\"\n[redaction]\npatterns = ['(unclosed']\n"; },
         {"incident.toml:3:", "missing )"}},
        {"name that holds a word to be redacted",
         [](Incident& i) { i.top = "debug-window = \"5s\"\n[redaction]\nwords = [\"ranc\"]\n"; },
         {"endpoint 2", "another name"}},
        {"name that is a password",
         [](Incident& i) {
             i.sides = {"left"};
             i.environment["PASSWORD_left"] = "kilo-seven";
             i.arguments = {"kilo-seven=ssh://pix@127.0.0.1:9?password-from=env:PASSWORD_left"};
         },
         {"endpoint 2", "another name"}},
        {"service request that is a password",
         [](Incident& i) {
             i.sides = {"left"};
             i.environment["PASSWORD_left"] = "612345678";
             i.arguments = {"--sr", "612345678"};
         },
         {"sr: the service request holds one of the secrets"}},
        {"service request that holds a word to be redacted",
         [](Incident& i) {
             i.top = "debug-window = \"5s\"\n[redaction]\nwords = [\"Falcon-9\"]\n";
             i.arguments = {"--sr", "Falcon-9-tunnel"};
         },
         {"sr: the service request holds one of the secrets"}},
        {"a word to be redacted that is the program's own",
         [](Incident& i) { i.top = "debug-window = \"5s\"\n[redaction]\nwords = [\"CANARYx\", \"crypto\"]\n"; },
         {"[redaction] words, number 2", "one of this program's own"}},
        {"same name twice", [](Incident& i) { i.arguments = {"HQ=ssh://pix@127.0.0.1:9"}; }, {"HQ"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Incident incident(lab);
        row.spoil(incident);
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
        for (const std::string& part : row.says) {
            CAPTURE(part);
            CHECK(has(run.err, part));
        }
        CHECK_FALSE(has(run.err, "CANARY"));
        CHECK(stage::fs::is_empty(incident.output()));
    }
    CHECK(contacts(lab) == 0);
}

TEST_CASE("a usage error with --json is the result event on stdout too") {
    const Lab lab(quick);
    Incident incident(lab);
    incident.top = "nonsense = 1\n";
    incident.arguments = {"--json"};
    const Run run = incident.run();
    CHECK(run.exit == 2);
    const json result = json::parse(run.out);
    CHECK(result.at("event") == "result");
    CHECK(result.at("exit") == 2);
    CHECK(result.at("bundle").is_null());
}

TEST_CASE("a device that cannot be used costs itself only: exit 3, and the message says why") {
    struct Row {
        std::string name, fault;
        void (*spoil)(Incident&, const Lab&);
        std::vector<std::string> says;
    };
    const auto nothing = [](Incident&, const Lab&) {};
    const std::vector<Row> rows{
        {"refused connection",
         "",
         [](Incident& i, const Lab&) {
             i.sides = {"left"};
             i.arguments.push_back("branch=ssh://pix@127.0.0.1:1?password-from=env:PASSWORD_left");
         },
         {"branch", "127.0.0.1", "refused"}},
        {"unknown host",
         "",
         [](Incident& i, const Lab&) {
             i.sides = {"left"};
             i.arguments.push_back("branch=ssh://pix@no-such-host.invalid?password-from=env:PASSWORD_left");
         },
         {"branch", "no-such-host.invalid"}},
        {"wrong password", "right:auth-fail", nothing, {"branch", "password"}},
        {"wrong enable password", "right:enable-fail", nothing, {"branch", "enable", "sent once"}},
        {"unknown host key",
         "",
         [](Incident& i, const Lab& lab) {
             i.write_known_hosts(lab.side("left").at("known_hosts").get<std::string>() + "\n");
         },
         {"branch", "SHA256:", "known_hosts"}},
        {"changed host key", "right:wrong-hostkey", nothing, {"branch", "host key"}},
        {"a port that accepts and says nothing",
         "",
         [](Incident& i, const Lab&) {
             i.sides = {"left"};
             i.arguments.push_back("branch=ssh://pix@127.0.0.1:" + std::to_string(silent_port()) +
                                   "?password-from=env:PASSWORD_left");
         },
         {"branch", "127.0.0.1"}},
        {"never a prompt", "right:never-prompt", nothing, {"branch", "no prompt"}},
        {"all slots taken", "right:no-slots", nothing, {"branch"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Lab lab(row.fault.empty() ? quick : with_fault(row.fault));
        Incident incident(lab);
        incident.top = "debug-window = \"1s\"\nconnect-timeout = \"3s\"\n";
        row.spoil(incident, lab);
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK(run.exit == 3);
        CHECK_FALSE(run.bundle.empty());
        for (const std::string& part : row.says) {
            CAPTURE(part);
            CHECK(has(run.err, part));
        }
        CHECK_FALSE(has(run.err, "CANARY"));
        CHECK(has(stage::read_text(run.unpacked / "endpoints/hq/before/write-terminal.txt"), "hostname"));
        CHECK(incident.files_with("CANARY").empty());
    }
}

TEST_CASE(
    "an output folder that is full is said before anything is contacted; one that fills up costs the archive only") {
    if (::geteuid() != 0) {
        MESSAGE("NOT RUN: only root can mount a small file system");
        return;
    }
    const Lab lab(quick);
    const auto mounted = [](Incident& incident, const char* options) {
        return ::mount("tmpfs", incident.output().c_str(), "tmpfs", 0, options) == 0;
    };
    {
        Incident incident(lab);
        REQUIRE(mounted(incident, "size=64k"));
        const Run run = incident.run();
        ::umount(incident.output().c_str());
        CAPTURE(run.err);
        CHECK(run.exit == 2);
        CHECK(has(run.err, "free"));
        CHECK(contacts(lab) == 0);
    }
    {
        // Room enough to start; then somebody else fills the folder. One end is slow, so that the run cannot be over
        // before.
        const Lab slow(with_fault("left:drip=1"));
        Incident incident(slow);
        incident.arguments = {"--no-debug"};
        REQUIRE(mounted(incident, "size=1200k"));
        auto process = incident.start();
        REQUIRE(slow.wait_for([](const json& entry) { return entry.value("event", "") == "open"; }));
        std::ofstream(incident.output() / "filler") << std::string(std::size_t{4} << 20, 'x');
        const Run run = incident.finish(*process);
        ::umount(incident.output().c_str());
        CAPTURE(run.err);
        CHECK(run.exit == 5);
        CHECK(run.out.empty());
        CHECK(run.bundle.empty());
        CHECK(has(run.err, "No space left"));
        CHECK(has(run.err, "spool-"));
    }
}

TEST_CASE("a wrong password is sent once and never again") {
    const Lab lab(with_fault("right:auth-fail"));
    Incident incident(lab);
    incident.top = "debug-window = \"1s\"\n";
    CHECK(incident.run().exit == 3);
    std::size_t tries = 0;
    for (const json& entry : lab.log())
        tries += entry.value("event", "") == "auth" && entry.value("side", "") == "right" ? 1U : 0U;
    CHECK(tries == 1);
}

TEST_CASE("a session that drops in the middle of a show keeps what came, and the run goes on") {
    const Lab lab(with_fault("right:drop-mid-show@show version"));
    Incident incident(lab);
    incident.top = "debug-window = \"2s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK_FALSE(run.bundle.empty());
}

TEST_CASE("a session that drops in the window: the debug is gone with it, proven, and the capture is kept") {
    const Lab lab(with_fault("right:drop-mid-debug"));
    Incident incident(lab);
    incident.top = "debug-window = \"4s\"\n";
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    REQUIRE_FALSE(run.bundle.empty());
    const std::string stream = stage::read_text(run.unpacked / "endpoints/branch/debug/debug-crypto.txt");
    CHECK_FALSE(stream.empty());
    CHECK(has(stage::read_text(run.unpacked / "manifest.xml"), "disconnected"));
}

TEST_CASE("a real OpenSSH server is not a known platform, and says so") {
    const stage::Folder folder;
    // Its own key, its own port: nothing of the machine's server is touched.
    stage::Process keygen({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.path() / "host"}, {},
                          folder.path() / "o", folder.path() / "e");
    REQUIRE(keygen.wait() == 0);
    stage::Process userkey({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.path() / "user"}, {},
                           folder.path() / "o", folder.path() / "e");
    REQUIRE(userkey.wait() == 0);
    const Lab lab(quick);
    Incident incident(lab);
    const std::string port = std::to_string(20000 + ::getpid() % 20000);
    std::ofstream(folder.path() / "sshd_config")
        << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << (folder.path() / "host").string()
        << "\nAuthorizedKeysFile " << (folder.path() / "user.pub").string()
        << "\nStrictModes no\nSetEnv HOME=/nonexistent\nUsePAM no\nPidFile none\nPasswordAuthentication no\n";
    stage::fs::create_directories("/run/sshd");
    stage::Process server({"/usr/sbin/sshd", "-D", "-e", "-f", folder.path() / "sshd_config"}, {},
                          folder.path() / "sshd.out", folder.path() / "sshd.err");
    while (server.is_running() && !has(stage::read_text(folder.path() / "sshd.err"), "listening")) {
    }
    REQUIRE(server.is_running());
    stage::fs::copy_file(folder.path() / "user", incident.home() / ".ssh" / "id_ed25519");
    stage::fs::permissions(incident.home() / ".ssh" / "id_ed25519", stage::fs::perms::owner_read);
    stage::fs::copy_file(folder.path() / "user.pub", incident.home() / ".ssh" / "id_ed25519.pub");
    std::ofstream(incident.home() / ".ssh" / "known_hosts", std::ios::app)
        << "[127.0.0.1]:" << port << " " << stage::read_text(folder.path() / "host.pub");
    incident.sides = {"left"};
    incident.top = "debug-window = \"1s\"\nconnect-timeout = \"8s\"\n";
    incident.arguments = {"branch=ssh://root@127.0.0.1:" + port};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    CHECK(has(run.err, "not a known platform"));
    server.signal(15);
    server.wait();
}

TEST_CASE("a run whose standard output is full or closed says so with the bundle's path, and is no success") {
    const Lab lab(quick);
    struct Row {
        std::string shell, says;
        std::vector<std::string> arguments;
    };
    for (const Row& row :
         {Row{"\"$@\" >/dev/full", "standard output: writing: No space left on device", {}},
          Row{"\"$@\" >&-", "standard output: writing: Bad file descriptor", {}},
          Row{"\"$@\" >/dev/full", "standard output: writing: No space left on device", {"--json", "-q"}},
          Row{"{ \"$@\"; echo $? >&2; } | true", "standard output: writing: Broken pipe", {"--json"}}}) {
        CAPTURE(row.shell);
        Incident incident(lab);
        incident.top = "no-debug = true\n";
        incident.through_shell = row.shell;
        incident.arguments = row.arguments;
        const Run run = incident.run();
        CAPTURE(run.err);
        CHECK((run.exit == 1 || has(run.err, "\n1\n")));
        REQUIRE_FALSE(run.bundle.empty());
        CHECK(has(run.err, row.says));
        CHECK(has(run.err, "the bundle is " + run.bundle.string()));
    }
}
