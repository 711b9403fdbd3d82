#include "collector/credentials/secret_source.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "collector/system/command_words.hpp"

extern char** environ;

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using formats::SecretSource;

namespace {

constexpr std::size_t longest_secret = 256;  // what the redaction takes as a literal
constexpr std::size_t longest_output = 4096;
constexpr const char* other_sources = "other sources: env:VAR, file:PATH, fd:N, command:CMD, prompt";

Error refusal(const SecretSource& source, std::string detail, std::string remedy = {}) {
    return {ErrorKind::usage, describe(source), std::move(detail), std::move(remedy)};
}

std::string reason(int errno_value) { return formats::system_error({}, "", errno_value).detail.substr(2); }

/// Closes at the end of the scope.
class Descriptor {
 public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    int get() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

 private:
    int fd_;
};

enum class Until : std::uint8_t { newline, end };

/// Reads into one allocation, at most a little more than 4 KiB. Error details carry no content.
Result<std::string> read_all(int fd, Until until, const SecretSource& source, const Patience& patience) {
    std::string text(longest_output + 2, '\0');
    std::size_t size = 0;
    const auto give_up = [&](Error error) {
        OPENSSL_cleanse(text.data(), text.size());
        return error;
    };
    while (size < text.size()) {
        const auto ready = wait_for(fd, patience);
        if (!ready) return give_up(ready.error());
        if (*ready == Ready::stopped)
            return give_up({ErrorKind::interrupted, describe(source), "interrupted while it was read", {}});
        if (*ready == Ready::timeout) return give_up(refusal(source, "it gave nothing in time", other_sources));
        // Byte by byte up to a newline: what follows belongs to somebody else.
        const auto n = ::read(fd, text.data() + size, until == Until::newline ? 1 : text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return give_up(refusal(source, "reading: " + reason(errno), other_sources));
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
        if (until == Until::newline && text[size - 1] == '\n') break;
    }
    text.resize(size);
    return text;
}

/// Drops the newline (or CR LF) at the end, then judges.
Result<Secret> made_from(std::string text, const SecretSource& source) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    Secret secret(std::move(text));
    if (auto sound = check_secret(secret, describe(source)); !sound) return sound.error();
    return secret;
}

Result<Secret> from_environment(const SecretSource& source) {
    char* const value = std::getenv(source.value.c_str());
    if (value == nullptr)
        return refusal(source, "the variable is not set",
                       "export " + source.value + " before the call, or name another source (" + other_sources + ")");
    const std::size_t size = std::strlen(value);
    std::string text;
    text.reserve(size + 64);
    text.assign(value, size);
    // The block of the process start stays readable in /proc after unsetenv.
    OPENSSL_cleanse(value, size);
    ::unsetenv(source.value.c_str());
    return made_from(std::move(text), source);
}

Result<Secret> from_file(const SecretSource& source) {
    // O_NONBLOCK: a named pipe must not hold us before fstat has told what it is.
    const Descriptor file(::open(source.value.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (file.get() < 0) return refusal(source, "opening: " + reason(errno), "check the path and its permissions");
    struct stat found {};
    if (::fstat(file.get(), &found) != 0) return refusal(source, "looking at it: " + reason(errno));
    if (!S_ISREG(found.st_mode))
        return refusal(source, "it is not a regular file", "for a pipe use fd:N, for a program command:CMD");
    if (found.st_uid != ::geteuid() && ::geteuid() != 0)
        return refusal(source, "it belongs to another user", "keep the secret in a file of your own, mode 0600");
    if ((found.st_mode & 077) != 0) {
        std::array<char, 8> mode{};
        const auto end = std::to_chars(mode.data(), mode.data() + mode.size(), found.st_mode & 07777, 8).ptr;
        return refusal(source, "others can read it (mode 0" + std::string(mode.data(), end) + ")",
                       "chmod 600 " + source.value);
    }
    auto text = read_all(file.get(), Until::end, source, Patience::within(std::chrono::seconds(60)));
    if (!text) return text.error();
    return made_from(std::move(*text), source);
}

Result<Secret> from_descriptor(const SecretSource& source, const Patience& patience) {
    int fd = -1;
    const char* const end = source.value.data() + source.value.size();
    const auto parsed = std::from_chars(source.value.data(), end, fd);
    if (parsed.ec != std::errc{} || parsed.ptr != end || fd < 0 || fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return refusal(source, "it is not a descriptor to read from", "for instance fd:3 with 3<file");
    if (::fcntl(fd, F_GETFD) < 0)
        return refusal(source, "the descriptor is not open", "pass it open: tacbundle ... " + source.value + "<file");
    auto text = read_all(fd, Until::newline, source, patience);
    if (fd == STDIN_FILENO) {
        // A free 0 would be taken by the next open() and be somebody's standard input.
        const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (nothing.get() >= 0) ::dup2(nothing.get(), STDIN_FILENO);
    } else {
        ::close(fd);
    }
    if (!text) return text.error();
    return made_from(std::move(*text), source);
}

struct SpawnSettings {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    SpawnSettings() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
};

Result<pid_t> spawn(const std::vector<std::string>& words, int output, const SecretSource& source) {
    SpawnSettings settings;
    ::posix_spawn_file_actions_addopen(&settings.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&settings.files, output, STDOUT_FILENO);
    // Our own blocked and ignored signals are not the child's: Ctrl-C ends it. It stays in our process
    // group, so that a password manager can ask on the terminal.
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ}) sigaddset(&defaults, number);
    ::posix_spawnattr_setsigmask(&settings.attributes, &none);
    ::posix_spawnattr_setsigdefault(&settings.attributes, &defaults);
    ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    const auto arguments = argument_vector(words);
    pid_t child = -1;
    const int failed =
        ::posix_spawnp(&child, arguments[0], &settings.files, &settings.attributes, arguments.data(), environ);
    if (failed != 0)
        return refusal(source, "starting it: " + reason(failed), "check that the program is installed and in PATH");
    return child;
}

/// The child's wait status, or nothing when it did not end in time; it is killed and reaped then.
std::optional<int> ended(pid_t child, const Patience& patience) {
    int status = 0;
    for (auto nap = milliseconds(1);; nap = std::min(nap * 2, milliseconds(50))) {
        if (::waitpid(child, &status, WNOHANG) == child) return status;
        if (patience.is_over() || patience.is_stopped()) break;
        std::this_thread::sleep_for(nap);
    }
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return std::nullopt;
}

Result<Secret> from_command(const SecretSource& source, const Patience& patience) {
    const auto words = command_words(source.value);
    if (!words) return refusal(source, words.error().detail, "quote it as: command:program 'first argument' ...");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return refusal(source, "making a pipe: " + reason(errno));
    Descriptor output(ends[0]), input(ends[1]);
    const auto child = spawn(*words, input.get(), source);
    if (!child) return child.error();
    input.close();

    auto text = read_all(output.get(), Until::end, source, patience);
    output.close();  // a program that still writes now ends by SIGPIPE
    const bool too_long = text && text->size() > longest_output;
    // One that gave no end of output in time has had its time.
    const auto status = ended(*child, text ? patience : patience.at_most(milliseconds(0)));
    if (patience.is_stopped()) return Error{ErrorKind::interrupted, describe(source), "interrupted while it ran", {}};
    Secret printed(text ? std::move(*text) : std::string());
    if (too_long) return refusal(source, "it printed more than 4 KiB", "let it print the password only");
    if (!status)
        return refusal(source, "it did not end in time and was killed",
                       "it gets no input but the terminal; try it by hand: " + words->front());
    if (WIFSIGNALED(*status))
        return refusal(source, "it was ended by signal " + std::to_string(WTERMSIG(*status)), other_sources);
    if (WEXITSTATUS(*status) != 0)
        return refusal(source, "it ended with exit status " + std::to_string(WEXITSTATUS(*status)),
                       "its own message stands above; try it by hand: " + words->front());
    if (!text) return text.error();
    if (printed.empty()) return refusal(source, "it printed nothing", "let it print the password on its output");
    std::string line;
    line.reserve(printed.reveal().size() + 64);
    line.append(printed.reveal());
    return made_from(std::move(line), source);
}

}  // namespace

std::string describe(const SecretSource& source) {
    switch (source.kind) {
        case SecretSource::Kind::unset: return "no source";
        case SecretSource::Kind::environment: return "env:" + source.value;
        case SecretSource::Kind::file: return "file:" + source.value;
        case SecretSource::Kind::descriptor: return "fd:" + source.value;
        case SecretSource::Kind::command: {
            const auto words = command_words(source.value);
            if (!words) return "command:...";
            return "command:" + words->front() + (words->size() > 1 ? " ..." : "");
        }
        case SecretSource::Kind::prompt: return "prompt";
    }
    return "no source";
}

Result<void> check_secret(const Secret& secret, const std::string& subject) {
    const auto text = secret.reveal();
    if (text.size() > longest_secret)
        return Error{ErrorKind::usage, subject, "it is longer than 256 bytes", "give the password only"};
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f')
            return Error{ErrorKind::usage, subject,
                         c == '\n' ? "it has more than one line" : "it holds a control character",
                         "give the password only, on one line"};
    return {};
}

Result<Secret> read_secret(const SecretSource& source, const Patience& patience) {
    switch (source.kind) {
        case SecretSource::Kind::environment: return from_environment(source);
        case SecretSource::Kind::file: return from_file(source);
        case SecretSource::Kind::descriptor: return from_descriptor(source, patience);
        case SecretSource::Kind::command: return from_command(source, patience);
        case SecretSource::Kind::unset:
        case SecretSource::Kind::prompt: break;
    }
    return Error{ErrorKind::internal, describe(source), "it is asked for, not read", {}};
}

}  // namespace collector
