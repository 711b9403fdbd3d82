#pragma once
// A device's SSH port on 127.0.0.1: a real server that offers only the old algorithms of the
// platform, with a host key made in memory. One thread accepts, one more serves each connection.

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "examples/lab/dialogue.hpp"
#include "examples/lab/world.hpp"

namespace lab {

class Server {
 public:
    /// Port 0: any free one. The port stays the same when a fault closes and opens it again.
    static formats::Result<std::unique_ptr<Server>> start(World& world, Device& device, int port, Replay replay,
                                                          bool one_byte);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    int port() const { return port_; }
    /// "[127.0.0.1]:PORT ssh-rsa AAAA..."; empty for telnet.
    std::string known_hosts_line() const;

 private:
    struct Keys;
    struct Slot {
        std::thread thread;
        std::atomic<bool> done{false};
    };

    Server(World& world, Device& device, Replay replay, bool one_byte);
    formats::Result<void> prepare(int port);
    formats::Result<int> bind_port();
    formats::Result<void> listen();
    void accept_loop();
    void accept_one();
    /// The accepted socket as a connection of the platform's kind; null when that failed.
    std::unique_ptr<Connection> connect(int socket, const std::shared_ptr<Session>& session, bool wrong_key);
    void join_finished(bool all);

    World& world_;
    Device& device_;
    Replay replay_;
    bool one_byte_;
    int port_ = 0, listener_ = -1;
    int reserved_ = -1;  ///< has the port while the device is away: anybody's outgoing connection could take it
    std::unique_ptr<Keys> keys_;
    std::atomic<bool> stopping_{false};
    std::list<Slot> connections_;
    std::thread acceptor_;
};

}  // namespace lab
