#pragma once
// The lab as a child process, and a terminal on one of its devices: for the lab's own tests.

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lab_test {

/// One tacbundle-lab; ended and reaped by the destructor.
class LabProcess {
 public:
    explicit LabProcess(std::vector<std::string> options);
    ~LabProcess();
    LabProcess(const LabProcess&) = delete;
    LabProcess& operator=(const LabProcess&) = delete;

    /// The line printed at the start: where()["left"]["port"].
    const nlohmann::json& where() const { return where_; }
    /// One command on the control socket.
    nlohmann::json control(const std::string& command) const;
    /// The log's events so far; only those called `event` when it is given.
    std::vector<nlohmann::json> events(const std::string& event = "") const;
    /// Lets a moment pass between two looks at a state.
    void pause(std::chrono::milliseconds moment) const;
    /// Waits for an event that has all fields of `like`; false after 10 s.
    bool saw(const nlohmann::json& like) const;
    /// Closes its stdin and returns its exit code.
    int end();
    /// The same by a signal.
    int end_by(int signal);

    std::string folder() const { return folder_; }

 private:
    int reap();

    std::string folder_;
    int child_ = -1, stdin_ = -1;
    nlohmann::json where_;
};

/// A terminal reached over SSH. Fails the test when no connection comes about, unless asked.
class Terminal {
 public:
    Terminal(const LabProcess& lab, const std::string& side);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Why there is no terminal; empty when there is one.
    const std::string& failure() const { return failure_; }
    const std::string& host_key() const { return host_key_; }
    void type(const std::string& keys);
    /// Everything up to and with `text`, taken off; what there was, when it does not come within
    /// `limit`.
    std::string until(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds(10));
    /// Types `line` and CR, returns what comes up to the next prompt.
    std::string command(const std::string& line);
    /// Login to `#`, pager off.
    void enable();
    /// What is not acknowledged for `limit` ends the connection (TCP_USER_TIMEOUT).
    void give_up_unacknowledged(std::chrono::milliseconds limit);
    /// The other end closes within 10 s.
    bool closed();

 private:
    bool read_more(std::chrono::milliseconds limit);

    struct Ssh;
    std::unique_ptr<Ssh> ssh_;
    std::string failure_, host_key_, received_, name_, enable_;
    bool gone_ = false;
};

}  // namespace lab_test
