#pragma once
// A stage for two-endpoint runs: the lab as a process of its own, a home folder with its known_hosts, an
// incident file, and the real program run against it. Everything lies in a folder that goes with the stage.

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stage {

namespace fs = std::filesystem;

/// A folder that is removed with everything in it.
class Folder {
 public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const fs::path& path() const { return path_; }

 private:
    fs::path path_;
};

/// A child process with its output in files.
class Process {
 public:
    Process(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
            const fs::path& out, const fs::path& err);
    ~Process();  ///< kills what still runs
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    int wait();  ///< exit status; 128 + signal
    void signal(int number) const;
    bool is_running();
    int pid() const { return pid_; }

 private:
    int pid_ = -1;
    int status_ = -1;
    bool over_ = false;
};

std::string read_text(const fs::path& path);

/// The program under test: TACBUNDLE_PROGRAM of the environment (another build, with a sanitizer), else this build's.
std::string program();

/// The emulated pair.
class Lab {
 public:
    explicit Lab(const std::vector<std::string>& arguments);
    ~Lab();

    const nlohmann::json& side(const std::string& name) const { return ready_.at(name); }
    /// The lab's own log, one object a line.
    std::vector<nlohmann::json> log() const;
    /// A command on the control socket, and its answer.
    nlohmann::json control(const std::string& command) const;
    std::string control_path() const { return ready_.at("control"); }
    /// Waits until an entry of the log satisfies `is_it`; false after ten seconds.
    bool wait_for(const std::function<bool(const nlohmann::json&)>& is_it) const;

 private:
    Folder folder_;
    std::unique_ptr<Process> process_;
    nlohmann::json ready_;
};

/// What a run of the program left.
struct Run {
    int exit = -1;
    std::string out, err;
    fs::path bundle;    ///< empty when there is none
    fs::path unpacked;  ///< its top folder
};

/// Whether a plan's text announces a line that was sent, slots open.
bool is_announced(const std::string& plan, const std::string& line);

/// The incident, home and output of one run.
class Incident {
 public:
    explicit Incident(const Lab& lab);

    /// Changes for one test: further TOML at the top, per endpoint lines, arguments, environment.
    std::string top = "debug-window = \"15s\"\nsettle = \"500ms\"\n";
    std::map<std::string, std::string> endpoint_lines;  ///< "hq" -> "peer-address = ..."
    std::map<std::string, std::string> targets;         ///< "hq" -> "exec:..."; else by the device's transport
    std::map<std::string, std::string> environment;
    std::vector<std::string> arguments;
    std::vector<std::string> sides{"left", "right"};
    std::string through_shell;  ///< a shell script that runs the program as "$@"; empty: no shell
    bool is_typed = false;      ///< passwords come from no source: they are asked for
    unsigned terminal_columns =
        0;  ///< so wide a terminal for stderr and questions; what stood there is Run::err. 0: none
    std::string output_argument;  ///< of --output; output() when empty

    fs::path home() const { return folder_.path() / "home"; }
    fs::path output() const { return folder_.path() / "bundles"; }
    fs::path state() const { return folder_.path() / "state"; }
    const fs::path& folder() const { return folder_.path(); }
    void write_known_hosts(const std::string& text) const;

    /// A command line with its environment.
    struct Command {
        std::vector<std::string> words;
        std::map<std::string, std::string> environment;
        int execute() const;  ///< in place of this process; returns only when that fails
    };
    /// Writes the incident file: how the program is to be run with `command`.
    Command command(const std::string& command = "collect");
    /// Starts it.
    std::unique_ptr<Process> start(const std::string& command = "collect");
    /// Runs it to its end.
    Run run(const std::string& command = "collect");
    /// What a started process left.
    Run finish(Process& process);
    Run left_by(int exit) const;

    /// Files below the run's folders, bundle unpacked, that contain `text`.
    std::vector<std::string> files_with(const std::string& text) const;

 private:
    const Lab& lab_;
    Folder folder_;
};

}  // namespace stage
