// Programs that give a terminal on a device: what they see of it, and how they end.

#include "collector/session/transport/exec.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <string>

#include "tests/support/temporary_folder.hpp"

using collector::ExecTransport;
using collector::Patience;
using namespace std::chrono_literals;

namespace {

/// All that comes until `text` has come, or the stream has ended.
std::string read_until(ExecTransport& exec, const std::string& text) {
    std::array<char, 4096> buffer{};
    std::string seen;
    while (seen.find(text) == std::string::npos) {
        const auto got = exec.read_some(buffer, Patience::within(5s));
        if (!got) return seen + "<" + got.error().message() + ">";
        seen.append(buffer.data(), *got);
    }
    return seen;
}

}  // namespace

TEST_CASE("exec: a password is not echoed by the terminal, and keys come as they are typed") {
    auto exec = ExecTransport::open(
        "branch", "sh -c 'printf \"Password: \"; dd bs=1 count=16 2>/dev/null | od -An -tx1; printf done'");
    REQUIRE(exec);
    CHECK(read_until(**exec, "Password: ") == "Password: ");
    REQUIRE((*exec)->write("CANARY-exec-01\r\x03", Patience::within(5s)));
    const std::string seen = read_until(**exec, "done");
    CHECK(seen.find("CANARY") == std::string::npos);
    CHECK(seen.find("0d 03") != std::string::npos);
}

TEST_CASE("exec: a program that does not go when it is hung up on is killed, and what it started with it") {
    const support::TemporaryFolder folder;
    const std::string pid = (folder.path() / "pid").string();
    auto exec =
        ExecTransport::open("branch", "sh -c 'trap \"\" HUP; sleep 1000 & echo $! >" + pid + "; echo ready; wait'");
    REQUIRE(exec);
    CHECK(read_until(**exec, "ready").find("ready") != std::string::npos);
    const auto start = std::chrono::steady_clock::now();
    (*exec)->close();
    const auto taken = std::chrono::steady_clock::now() - start;
    CHECK(taken < 3s);
    const int child = std::stoi(support::TemporaryFolder::read(pid));
    // Ended, or about to: a zombie only init can collect.
    const auto gone = [&] {
        const std::string status = support::TemporaryFolder::read("/proc/" + std::to_string(child) + "/stat");
        return status.empty() || status.find(") Z ") != std::string::npos;
    };
    bool ended = false;
    for (const auto until = std::chrono::steady_clock::now() + 5s; !ended && std::chrono::steady_clock::now() < until;)
        ended = gone();
    CHECK(ended);
    if (!ended) ::kill(child, SIGKILL);
}
