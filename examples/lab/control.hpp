#pragma once
// The lab's control socket (unix stream): one command a line, one JSON line as the answer.
//   packet SIDE SRC DST     a workstation's packet
//   state                   debugs, sessions, SAs of both sides
//   fault SIDE NAME[=ARG][@LINE]      clear-fault [SIDE]
//   scenario NAME           quit

#include <string>
#include <thread>
#include <vector>

#include "examples/lab/world.hpp"

namespace lab {

class Control {
 public:
    /// `quit` is an eventfd that is woken by the command of that name.
    static formats::Result<std::unique_ptr<Control>> start(World& world, const std::string& path, int quit);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

 private:
    struct Client {
        int socket;
        std::string received;
    };

    Control(World& world, std::string path, int quit);
    void serve();
    bool listen_to(Client& client);
    std::string obey(const std::string& line);
    std::string state();

    World& world_;
    std::string path_;
    int quit_, listener_ = -1, stop_ = -1;
    std::vector<Client> clients_;
    std::thread thread_;
};

}  // namespace lab
