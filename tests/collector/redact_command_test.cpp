// `tacbundle redact` as a filter: what it writes where, and that bad input ends it with a clear
// error and never lets text through.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include "collector/commands/redact.hpp"
#include "support/failing_libcrypto.hpp"
#include "support/sanitized.hpp"
#include "support/temporary_folder.hpp"

using collector::RedactRequest;

namespace {

struct Ended {
    int exit = -1;  ///< -1: it did not end by itself
    std::string out, err;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A child that reads `in` as standard input and runs the command; `prepare` runs in it first.
pid_t start(const RedactRequest& request, int in, int out, int err, const std::function<void()>& prepare = {}) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    if (prepare) prepare();
    const int code = collector::redact_command(request);
    std::fflush(stderr);
    ::_exit(code);
}

struct Fixture {
    support::TemporaryFolder folder;

    std::string path(const std::string& name) const { return (folder.path() / name).string(); }
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        std::ofstream(path(name), std::ios::binary) << text;
        ::chmod(path(name).c_str(), mode);
        return path(name);
    }
    Ended run(const RedactRequest& request, const std::string& input = {},
              const std::function<void()>& prepare = {}) const {
        const int in = ::open(file("stdin", input).c_str(), O_RDONLY | O_CLOEXEC);
        const int out = ::open(path("stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        const int err = ::open(path("stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        const pid_t child = start(request, in, out, err, prepare);
        for (const int fd : {in, out, err}) ::close(fd);
        int status = 0;
        ::waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(path("stdout")), read_file(path("stderr"))};
    }
};

const std::string secret_line = "isakmp key CANARYcommand address 192.0.2.1\n";

// Instrumented code is ten times slower: it still gets a line of many parts.
constexpr std::size_t long_line = std::size_t{1} << (is_sanitized ? 25 : 30);

}  // namespace

TEST_CASE_FIXTURE(Fixture, "redact filters standard input and files in turn; twice is once") {
    const std::string text = "hostname hq\n" + secret_line + "end\n";
    const Ended piped = run({}, text);
    CHECK(piped.exit == 0);
    CHECK(piped.err.empty());
    CHECK(piped.out.starts_with("hostname hq\nisakmp key [REDACTED:psk:"));
    CHECK(piped.out.ends_with("] address 192.0.2.1\nend\n"));
    CHECK(run({}, piped.out).out == piped.out);

    RedactRequest files;
    files.files = {file("a", secret_line), "-", file("b", "seen: CANARYcommand\n")};
    const Ended in_turn = run(files, "between\n");
    CHECK(in_turn.exit == 0);
    CHECK(has(in_turn.out, "192.0.2.1\nbetween\nseen: [REDACTED:psk:"));
    CHECK_FALSE(has(in_turn.out, "CANARY"));
}

TEST_CASE_FIXTURE(Fixture, "an archive is said to be one, from a file or a pipe, and text that begins alike is text") {
    const std::string gzip = "\x1f\x8b\x08" + secret_line;
    RedactRequest named;
    named.files = {file("bundle.tar.gz", gzip)};
    for (const Ended& ended : {run(named), run({}, gzip)}) {
        CHECK(ended.exit == 2);
        CHECK(ended.out.empty());
        CHECK(has(ended.err, "it is a gzip archive, not text"));
        CHECK(has(ended.err, "tacbundle show"));
    }
    CHECK(run({}, "PK\n").out == "PK\n");
    CHECK(run({}, "P").out == "P");

    // The first bytes of a pipe may come one by one.
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const int out = ::open(path("stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err = ::open(path("stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const pid_t child = start({}, ends[0], out, err, [&] { ::close(ends[1]); });
    ::close(ends[0]);
    for (const char byte : std::string("PK\x03\x04")) CHECK(::write(ends[1], &byte, 1) == 1);
    ::close(ends[1]);
    int status = 0;
    ::waitpid(child, &status, 0);
    for (const int fd : {out, err}) ::close(fd);
    CHECK(WEXITSTATUS(status) == 2);
    CHECK(has(read_file(path("stderr")), "standard input: it is a zip archive"));
}

TEST_CASE_FIXTURE(Fixture, "redact --report names rule, file, line and count, and no value") {
    RedactRequest request;
    request.report = true;
    request.files = {file("log", "one\n" + secret_line + "GET /?password=CANARYa&pwd=CANARYb\n"), "-"};
    const Ended ended = run(request, secret_line);
    CHECK(ended.exit == 0);
    CAPTURE(ended.err);
    CHECK(has(ended.err, path("log") + ":2: isakmp-key\n"));
    CHECK(has(ended.err, path("log") + ":3: assignment (2)\n"));
    CHECK(has(ended.err, "standard input:1: isakmp-key\n"));
    CHECK(has(ended.err, "       2  isakmp-key\n"));
    CHECK_FALSE(has(ended.err + ended.out, "CANARY"));
}

TEST_CASE_FIXTURE(Fixture, "a file that cannot be read is a usage error that names it, before a byte is written") {
    RedactRequest request;
    request.files = {file("good", "harmless\n"), path("missing")};
    const Ended missing = run(request);
    CHECK(missing.exit == 2);
    CHECK(missing.out.empty());
    CHECK(has(missing.err, path("missing")));
    CHECK(has(missing.err, "No such file"));

    request.files = {file("forbidden", secret_line, 0)};
    const Ended forbidden = run(request, {}, [] {
        // Root may read everything.
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(99);
    });
    CHECK(forbidden.exit == 2);
    CHECK(forbidden.out.empty());
    CHECK(has(forbidden.err, path("forbidden")));
    CHECK_FALSE(has(forbidden.err, "CANARY"));

    request.files = {folder.path().string()};
    const Ended directory = run(request);
    CHECK(directory.exit == 2);
    CHECK(has(directory.err, folder.path().string()));
}

TEST_CASE_FIXTURE(Fixture, "a reader that is gone is an error at the write and not the end by a signal") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    ::close(pipe[0]);
    const int in = ::open(file("in", secret_line).c_str(), O_RDONLY | O_CLOEXEC);
    const int err = ::open(path("err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const pid_t child = start({}, in, pipe[1], err);
    for (const int fd : {in, pipe[1], err}) ::close(fd);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 1);
    const std::string said = read_file(path("err"));
    CHECK(has(said, "standard output"));
    CHECK(has(said, "Broken pipe"));
    CHECK_FALSE(has(said, "CANARY"));
}

TEST_CASE_FIXTURE(Fixture, "bytes that are no UTF-8 pass as they are, and hide no secret") {
    const std::string before = "caf\xe9 \xff\xfe\x80 \xc3\x28 \xe2\x82\n";
    const Ended ended =
        run({}, before + "\xffisakmp key CANARY\xe9\xff address 192.0.2.1\n" +
                    "\xc3username u password CANARY\x80x\xc3\n" + "isakmp key CANARY\xe2\x82 address 192.0.2.1 \xe9\n");
    CHECK(ended.exit == 0);
    CHECK(ended.out.starts_with(before));
    CHECK_FALSE(has(ended.out, "CANARY"));
    CHECK(has(ended.out, "] address 192.0.2.1 \xe9\n"));
}

TEST_CASE_FIXTURE(Fixture, "a line of a gigabyte goes through in constant memory, and the secret in it does not" *
                               doctest::test_suite("memory")) {
    const auto pass = [&](std::size_t size, std::size_t& out_bytes, std::string& tail) {
        std::array<int, 2> to{}, from{};
        REQUIRE(::pipe2(to.data(), O_CLOEXEC) == 0);
        REQUIRE(::pipe2(from.data(), O_CLOEXEC) == 0);
        const int err = ::open(path("err").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        const pid_t writer = ::fork();
        if (writer == 0) {
            for (const int fd : {to[0], from[0], from[1]}) ::close(fd);
            std::string words;
            while (words.size() < (1 << 20)) words += "and so on ";
            const auto put = [&](std::string_view text) {
                while (!text.empty()) {
                    const auto n = ::write(to[1], text.data(), text.size());
                    if (n <= 0) ::_exit(1);
                    text.remove_prefix(static_cast<std::size_t>(n));
                }
            };
            for (std::size_t written = 0; written < size / 2; written += words.size()) put(words);
            put("isakmp key CANARYgiga address 192.0.2.1 ");
            for (std::size_t written = 0; written < size / 2; written += words.size()) put(words);
            put("\nisakmp key CANARYnext address 192.0.2.1\n");
            ::_exit(0);
        }
        // An end of its own input that it keeps open itself would never end.
        const pid_t child = start({}, to[0], from[1], err, [&] { ::close(to[1]); });
        for (const int fd : {to[0], to[1], from[1], err}) ::close(fd);
        std::array<char, std::size_t{64} << 10> buffer;
        bool seen = false;
        for (ssize_t n; (n = ::read(from[0], buffer.data(), buffer.size())) > 0;) {
            out_bytes += static_cast<std::size_t>(n);
            tail.append(buffer.data(), static_cast<std::size_t>(n));
            seen = seen || has(tail, "CANARY");
            if (tail.size() > 256) tail.erase(0, tail.size() - 256);
        }
        ::close(from[0]);
        int status = 0;
        rusage usage{};
        ::waitpid(writer, &status, 0);
        CHECK(status == 0);
        ::wait4(child, &status, 0, &usage);
        CHECK(status == 0);
        CHECK_FALSE(seen);
        return usage.ru_maxrss;
    };
    std::size_t little = 0, much = 0;
    std::string tail;
    const long before = pass(std::size_t{2} << 20, little, tail);
    const long peak = pass(long_line, much, tail);
    CHECK(much > long_line);
    CHECK(peak - before < 16 * 1024);
    CHECK(has(tail, "and so on \nisakmp key [REDACTED:psk:"));
}

TEST_CASE_FIXTURE(
    Fixture, "a key file makes tokens equal over calls; one that others can read, or of the wrong length, is refused") {
    RedactRequest request;
    request.key_file = file("key", std::string(32, 'k'));
    const Ended one = run(request, secret_line);
    CHECK(one.exit == 0);
    CHECK(run(request, secret_line).out == one.out);
    CHECK(run({}, secret_line).out != one.out);

    struct Row {
        std::string path;
        std::vector<std::string> says;
    };
    const Row rows[] = {
        {file("readable", std::string(32, 'k'), 0644), {"others can read", "chmod 600"}},
        {file("group", std::string(32, 'k'), 0640), {"others can read", "chmod 600"}},
        {file("short", std::string(31, 'k')), {"too short", "31 bytes"}},
        {file("empty", ""), {"too short"}},
        {file("long", std::string(4097, 'k')), {"at most 4,096"}},
        {path("none"), {"No such file"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.path);
        request.key_file = row.path;
        const Ended refused = run(request, secret_line);
        CHECK(refused.exit == 2);
        CHECK(refused.out.empty());
        CAPTURE(refused.err);
        for (const std::string& part : row.says) CHECK(has(refused.err, part));
        CHECK_FALSE(has(refused.err, "kkkk"));
    }
}

TEST_CASE_FIXTURE(Fixture, "a rule that fails ends the output: nothing goes through as it is") {
    std::optional<support::FailingLibcrypto> failing;
    const Ended ended = run({}, "before\n" + secret_line + "after\n", [&] { failing.emplace(); });
    CHECK(ended.exit == 1);
    CHECK_FALSE(has(ended.out, "CANARY"));
    CHECK_FALSE(has(ended.out, "after"));
    CHECK_FALSE(has(ended.err, "CANARY"));
    CHECK_FALSE(ended.err.empty());
}

TEST_CASE_FIXTURE(Fixture, "a map of addresses is never overwritten, and translates back") {
    RedactRequest request;
    request.mask_addresses = path("map");
    const std::string text = "peer 203.0.113.7 is up\n";
    const Ended masked = run(request, text);
    CHECK(masked.exit == 0);
    CHECK_FALSE(has(masked.out, "203.0.113.7"));
    CHECK(run(request, text).exit == 2);
    RedactRequest back;
    back.unmask = path("map");
    CHECK(run(back, masked.out).out == text);
}

TEST_CASE_FIXTURE(Fixture, "redact --explain says why a line that looks like one with a secret was left") {
    RedactRequest request;
    request.explain = true;
    request.files = {
        file("log",
             "hostname hq\n  password is configured\nenable secret 5 <removed>\n  Password: none\nthe psk for lyon\n" +
                 secret_line)};
    const Ended ended = run(request);
    CHECK(ended.exit == 0);
    CAPTURE(ended.err);
    CHECK(has(ended.err, path("log") + ":2: left, password-line: a status or prose\n"));
    CHECK(has(ended.err, path("log") + ":3: left, enable-password: masked already\n"));
    CHECK(has(ended.err, path("log") + ":4: left, prompt: a status, prose or masked already\n"));
    CHECK(has(ended.err, path("log") + ":5: left, -: it names a secret, and no row matches its words\n"));
    CHECK(has(ended.err, path("log") + ":6: isakmp-key\n"));
    CHECK_FALSE(has(ended.err, ":1: "));
}
