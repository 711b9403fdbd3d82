#pragma once
// A program that carries bytes for us: exec: in a pseudo-terminal, a ProxyCommand on a socket. In a session of its
// own: no Ctrl-C meant for us reaches it, and no terminal of ours is its own. Internal to the transports.

#include <sys/types.h>

#include <string>
#include <vector>

#include "formats/result.hpp"

namespace collector {

class ChildProcess {
 public:
    /// Starts `words`, found along PATH, with TERM=dumb. Its input and output: `terminal`, a path that it opens and
    /// that becomes its terminal, or, when that is empty, the descriptor `socket`; its errors go to the terminal, or
    /// where ours go. `subject` is whom errors name. Errors: usage (no such program), unreachable.
    static formats::Result<ChildProcess> start(const std::string& subject, std::vector<std::string> words,
                                               const std::string& terminal, int socket = -1);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    /// Hangs up and sees it go; one that stays for half a second is killed.
    void end() noexcept;

 private:
    explicit ChildProcess(pid_t pid) : pid_(pid) {}
    pid_t pid_;
};

}  // namespace collector
