#include "collector/system/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "collector/system/command_words.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

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

/// Ours, but for the kind of terminal.
std::vector<std::string> environment() {
    std::vector<std::string> variables{"TERM=dumb"};
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with("TERM=")) variables.emplace_back(*variable);
    return variables;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::string& subject, std::vector<std::string> words,
                                         const std::string& terminal, int socket) {
    Spawning spawning;
    if (terminal.empty()) {
        ::posix_spawn_file_actions_adddup2(&spawning.files, socket, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&spawning.files, socket, STDOUT_FILENO);
    } else {
        // The first terminal that the leader of a new session opens becomes its own.
        ::posix_spawn_file_actions_addopen(&spawning.files, STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
        ::posix_spawn_file_actions_adddup2(&spawning.files, STDIN_FILENO, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&spawning.files, STDIN_FILENO, STDERR_FILENO);
    }
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP, SIGTERM, SIGPIPE, SIGXFSZ})
        sigaddset(&defaults, number);
    ::posix_spawnattr_setsigmask(&spawning.attributes, &none);
    ::posix_spawnattr_setsigdefault(&spawning.attributes, &defaults);
    ::posix_spawnattr_setflags(&spawning.attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> variables = environment();
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, words.front().c_str(), &spawning.files, &spawning.attributes,
                                     argument_vector(words).data(), argument_vector(variables).data());
    if (error == 0) return ChildProcess(pid);
    Error failure = formats::system_error(subject, "starting `" + words.front() + "`", error);
    failure.kind = error == ENOENT ? ErrorKind::usage : ErrorKind::unreachable;
    return failure;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::end() noexcept {
    if (pid_ < 0) return;
    // The whole group: a shell between us and the program would take the signal for itself.
    ::kill(-pid_, SIGHUP);
    const auto start = std::chrono::steady_clock::now();
    bool killed = false;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        // The end of a process is no descriptor that every kernel could be asked for; it is looked for.
        const auto since = std::chrono::steady_clock::now() - start;
        if (since > 2 * farewell) break;  // it hangs in the kernel, which no signal ends
        if (since > farewell && !std::exchange(killed, true)) ::kill(-pid_, SIGKILL);
        std::this_thread::sleep_for(look_every);
    }
    pid_ = -1;
}

}  // namespace collector
