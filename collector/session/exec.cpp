#include "collector/session/exec.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "collector/command_words.hpp"
#include "collector/session/byte_pipe.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr winsize size_of_terminal{200, 511, 0, 0};
constexpr std::chrono::milliseconds farewell{500}, look_every{5};

struct Spawning {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    Spawning() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    Spawning(const Spawning&) = delete;
    Spawning& operator=(const Spawning&) = delete;
    ~Spawning() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
};

/// The master's side; `device` is the path of the other.
Result<Descriptor> open_terminal(const std::string& endpoint, std::string& device) {
    const auto failed = [&] { return formats::system_error(endpoint, "opening a pseudo-terminal", errno); };
    Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    std::array<char, 64> name{};
    if (master.get() < 0 || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
        ::ptsname_r(master.get(), name.data(), name.size()) != 0)
        return failed();
    device = name.data();
    // Raw and without echo: a program that sets nothing itself gets our bytes as they are.
    const Descriptor slave(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    if (slave.get() < 0 || ::tcgetattr(slave.get(), &settings) != 0) return failed();
    ::cfmakeraw(&settings);
    if (::tcsetattr(slave.get(), TCSANOW, &settings) != 0 || ::ioctl(slave.get(), TIOCSWINSZ, &size_of_terminal) != 0) return failed();
    return master;
}

/// Ours, but for the kind of terminal.
std::vector<std::string> environment() {
    std::vector<std::string> variables{"TERM=dumb"};
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with("TERM=")) variables.emplace_back(*variable);
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

ExecTransport::ExecTransport(std::string endpoint, std::string program, Descriptor terminal, pid_t pid)
    : endpoint_(std::move(endpoint)), program_(std::move(program)), terminal_(std::move(terminal)), pid_(pid) {}

ExecTransport::~ExecTransport() { close(); }

Result<std::unique_ptr<ExecTransport>> ExecTransport::open(const std::string& endpoint, const std::string& command) {
    auto words = command_words(command);
    if (!words) return words.error();
    std::string device;
    auto master = open_terminal(endpoint, device);
    if (!master) return master.error();

    Spawning spawning;
    // The first terminal that the leader of a new session opens becomes its own.
    ::posix_spawn_file_actions_addopen(&spawning.files, STDIN_FILENO, device.c_str(), O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&spawning.files, STDIN_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&spawning.files, STDIN_FILENO, STDERR_FILENO);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP, SIGTERM, SIGPIPE, SIGXFSZ}) sigaddset(&defaults, number);
    ::posix_spawnattr_setsigmask(&spawning.attributes, &none);
    ::posix_spawnattr_setsigdefault(&spawning.attributes, &defaults);
    ::posix_spawnattr_setflags(&spawning.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> variables = environment();
    pid_t pid = -1;
    if (const int error = ::posix_spawnp(&pid, words->front().c_str(), &spawning.files, &spawning.attributes, pointers_to(*words).data(),
                                         pointers_to(variables).data());
        error != 0) {
        Error failure = formats::system_error(endpoint, "starting `" + words->front() + "`", error);
        failure.kind = error == ENOENT ? ErrorKind::usage : ErrorKind::unreachable;
        failure.remedy = "exec: names a program and its arguments; no shell reads them";
        return failure;
    }
    return std::unique_ptr<ExecTransport>(new ExecTransport(endpoint, "`" + words->front() + "`", std::move(*master), pid));
}

Result<std::size_t> ExecTransport::read_some(std::span<char> into, const Patience& patience) {
    auto got = read_bytes(terminal_.get(), into, program_, patience);
    if (got) return got;
    Error error = got.error();
    error.subject = endpoint_;
    return error;
}

Result<void> ExecTransport::write(std::string_view bytes, const Patience& patience) {
    auto written = write_bytes(terminal_.get(), bytes, program_, patience);
    if (written) return written;
    Error error = written.error();
    error.subject = endpoint_;
    return error;
}

void ExecTransport::close() noexcept {
    if (pid_ < 0) return;
    terminal_ = Descriptor();
    ::kill(pid_, SIGHUP);
    const auto deadline = std::chrono::steady_clock::now() + farewell;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        // The end of a process is no descriptor that every kernel could be asked for; it is looked for.
        if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(look_every);
    }
    pid_ = -1;
}

}  // namespace collector
