#include "scenarios/stage.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace stage {

namespace {

constexpr auto patience = std::chrono::seconds{20};

/// Polls a condition; a test waits for what must come, never for time to pass.
bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return condition();
}

/// Runs "$@" on a terminal of tmux's with its stdout in a file, then shows all that stood there, lines that it had to
/// break joined again, as stderr.
constexpr const char* on_a_terminal = R"sh(
export TMUX_TMPDIR="$1"
columns=$2
shift 2
unset TMUX
echo 'set -g history-limit 100000' >"$TMUX_TMPDIR/tmux.conf"
tmux -u -f "$TMUX_TMPDIR/tmux.conf" new-session -d -x "$columns" -y 24 sh -c '
    "$@" >"$TMUX_TMPDIR/stdout.tmux"
    echo $? >"$TMUX_TMPDIR/exit.tmux"
    tmux wait-for -S over
    tmux wait-for never' sh "$@"
tmux wait-for over
tmux capture-pane -p -J -S - >&2
tmux kill-server
cat "$TMUX_TMPDIR/stdout.tmux"
exit "$(cat "$TMUX_TMPDIR/exit.tmux")"
)sh";

}  // namespace

Folder::Folder() {
    std::string name = (fs::temp_directory_path() / "tacbundle-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
                 const fs::path& out, const fs::path& err) {
    std::vector<std::string> variables;
    for (char** v = environ; *v != nullptr; ++v) {
        const std::string entry(*v);
        if (!environment.contains(entry.substr(0, entry.find('=')))) variables.push_back(entry);
    }
    for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
    std::vector<char*> arguments, env;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    for (const std::string& entry : variables) env.push_back(const_cast<char*>(entry.c_str()));
    arguments.push_back(nullptr);
    env.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
        ::setsid();  // no terminal: questions are errors
        const int in = ::open("/dev/null", O_RDONLY);
        const int o = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int e = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(in, 0);
        ::dup2(o, 1);
        ::dup2(e, 2);
        ::execve(arguments[0], arguments.data(), env.data());
        ::_exit(127);
    }
}

Process::~Process() {
    if (is_running()) {
        ::kill(pid_, SIGKILL);
        wait();
    }
}

int Process::wait() {
    if (!over_) {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        over_ = true;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
}

void Process::signal(int number) const { ::kill(pid_, number); }

bool Process::is_running() {
    if (over_) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        over_ = true;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return !over_;
}

std::string program() {
    const char* other = std::getenv("TACBUNDLE_PROGRAM");
    return other != nullptr ? other : TACBUNDLE_PROGRAM;
}

std::string read_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Lab::Lab(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{TACBUNDLE_LAB, "--log", folder_.path() / "lab.log"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<Process>(command, std::map<std::string, std::string>{}, folder_.path() / "ready.json",
                                         folder_.path() / "lab.err");
    const bool up =
        eventually([&] { return read_text(folder_.path() / "ready.json").ends_with('\n') || !process_->is_running(); });
    const std::string line = read_text(folder_.path() / "ready.json");
    if (!up || line.empty())
        throw std::runtime_error("the lab did not start: " + read_text(folder_.path() / "lab.err"));
    ready_ = nlohmann::json::parse(line);
}

Lab::~Lab() {
    process_->signal(SIGTERM);
    process_->wait();
}

std::vector<nlohmann::json> Lab::log() const {
    std::vector<nlohmann::json> entries;
    std::istringstream lines(read_text(folder_.path() / "lab.log"));
    for (std::string line; std::getline(lines, line);)
        if (auto entry = nlohmann::json::parse(line, nullptr, false); !entry.is_discarded())
            entries.push_back(std::move(entry));
    return entries;
}

bool Lab::wait_for(const std::function<bool(const nlohmann::json&)>& is_it) const {
    return eventually([&] {
        for (const auto& entry : log())
            if (is_it(entry)) return true;
        return false;
    });
}

nlohmann::json Lab::control(const std::string& command) const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = ready_.at("control");
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    std::string answer;
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const std::string line = command + "\n";
        [[maybe_unused]] const auto sent = ::write(fd, line.data(), line.size());
        std::array<char, 4096> buffer{};
        while (!answer.ends_with('\n')) {
            const auto n = ::read(fd, buffer.data(), buffer.size());
            if (n <= 0) break;
            answer.append(buffer.data(), static_cast<std::size_t>(n));
        }
    }
    ::close(fd);
    return nlohmann::json::parse(answer, nullptr, false);
}

bool is_announced(const std::string& plan, const std::string& line) {
    std::istringstream lines(plan);
    std::vector<std::string> sent;
    std::istringstream words(line);
    for (std::string word; words >> word;) sent.push_back(word);
    for (std::string announced; std::getline(lines, announced);) {
        std::istringstream announced_words(announced);
        std::vector<std::string> all;
        for (std::string word; announced_words >> word;) all.push_back(word);
        for (std::size_t at = 0; at + sent.size() <= all.size(); ++at) {
            bool same = true;
            for (std::size_t i = 0; same && i < sent.size(); ++i)
                same = all[at + i] == sent[i] || all[at + i].starts_with('{');
            if (same) return true;
        }
    }
    return false;
}

Incident::Incident(const Lab& lab) : lab_(lab) {
    fs::create_directories(home() / ".ssh");
    fs::permissions(home() / ".ssh", fs::perms::owner_all);
    fs::create_directories(output());
    std::string known;
    for (const char* side : {"left", "right"})
        if (const std::string row = lab.side(side).at("known_hosts"); !row.empty()) known += row + "\n";
    write_known_hosts(known);
}

void Incident::write_known_hosts(const std::string& text) const {
    std::ofstream(home() / ".ssh" / "known_hosts", std::ios::trunc) << text;
}

int Incident::Command::execute() const {
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::execv(argv[0], argv.data());
    return 127;
}

std::unique_ptr<Process> Incident::start(const std::string& name) {
    const Command line = command(name);
    return std::make_unique<Process>(line.words, line.environment, folder() / "stdout", folder() / "stderr");
}

Incident::Command Incident::command(const std::string& command) {
    std::ostringstream toml;
    toml << top;
    std::map<std::string, std::string> env = environment;
    for (const std::string& side : sides) {
        const auto& device = lab_.side(side);
        const std::string name = device.at("name");
        const std::string transport = device.at("transport");
        const auto own = targets.find(name);
        toml << "\n[[endpoint]]\nname = \"" << name << "\"\ntarget = '"
             << (own != targets.end() ? own->second
                                      : transport + "://" + device.at("user").get<std::string>() +
                                            "@127.0.0.1:" + device.at("port").dump())
             << "'\nlegacy = true\n";
        if (!is_typed)
            toml << "password-from = \"env:PASSWORD_" << side << "\"\nenable-from = \"env:ENABLE_" << side << "\"\n";
        toml << endpoint_lines[name] << "\n";
        env.try_emplace("PASSWORD_" + side, device.at("password"));
        env.try_emplace("ENABLE_" + side, device.at("enable"));
    }
    std::ofstream(folder() / "incident.toml") << toml.str();
    env["HOME"] = home();
    env["XDG_STATE_HOME"] = state();
    env["XDG_CONFIG_HOME"] = folder() / "config";
    env["LC_ALL"] = "C";
    env.erase("SSH_AUTH_SOCK");
    std::vector<std::string> words{program(), command, folder() / "incident.toml"};
    if (command == "collect")
        words.insert(words.end(), {"--output", output_argument.empty() ? output().string() : output_argument});
    words.insert(words.end(), arguments.begin(), arguments.end());
    if (terminal_columns > 0)
        words.insert(words.begin(),
                     {"/bin/sh", "-c", on_a_terminal, "sh", folder().string(), std::to_string(terminal_columns)});
    if (!through_shell.empty()) words.insert(words.begin(), {"/bin/sh", "-c", through_shell, "sh"});
    return {std::move(words), std::move(env)};
}

Run Incident::finish(Process& process) { return left_by(process.wait()); }

Run Incident::left_by(int exit) const {
    Run run;
    run.exit = exit;
    run.out = read_text(folder() / "stdout");
    run.err = read_text(folder() / "stderr");
    for (const auto& entry : fs::directory_iterator(output()))
        if (entry.path().filename().string().starts_with("tacbundle-")) run.bundle = entry.path();
    if (!run.bundle.empty()) {
        const fs::path into = folder() / "unpacked";
        fs::create_directories(into);
        Process tar({"/usr/bin/bsdtar", "-xf", run.bundle, "-C", into}, {}, folder() / "tar.out", folder() / "tar.err");
        if (tar.wait() != 0) throw std::runtime_error("bsdtar: " + read_text(folder() / "tar.err"));
        for (const auto& entry : fs::directory_iterator(into)) run.unpacked = entry.path();
    }
    return run;
}

Run Incident::run(const std::string& command) {
    auto process = start(command);
    return finish(*process);
}

std::vector<std::string> Incident::files_with(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
        if (!entry.is_regular_file()) continue;
        if (entry.path().filename().string().find(text) != std::string::npos ||
            read_text(entry.path()).find(text) != std::string::npos)
            found.push_back(entry.path().lexically_relative(folder()));
    }
    return found;
}

}  // namespace stage
