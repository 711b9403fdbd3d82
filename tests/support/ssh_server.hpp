#pragma once
// An SSH server on loopback, inside the test: real handshakes, logins by password, key or questions, old
// algorithms, and faults by name. It keeps what it was sent.

#include <libssh/libssh.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// A listening socket on a free port of 127.0.0.1; `serve` runs in a thread for each connection and need not
/// close it. At the end every connection is shut down and every thread joined.
class TcpServer {
 public:
    using Serve = std::function<void(int fd)>;
    explicit TcpServer(Serve serve);
    ~TcpServer();
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;

    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    /// Sleeps until the server is torn down: for a peer that has gone silent.
    void wait_for_end();
    bool is_ending() const { return ending_; }
    void stop();

 private:
    void accept_all();

    Serve serve_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::condition_variable ended_;
    std::set<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

struct Question {
    std::string prompt;
    bool echo = false;
    std::string answer;
};

struct SshServerSettings {
    bool legacy = false;  ///< group1-sha1, ssh-rsa, 3des-cbc, hmac-sha1 and nothing else
    int rsa_bits = 2048;
    std::string user = "pix", password = "CANARY-login-1";
    int methods = SSH_AUTH_METHOD_PASSWORD;
    bool lets_anyone_in = false;                ///< `none` succeeds
    bool password_is_half = false;              ///< after the password it wants keyboard-interactive too
    bool hangs_up_on_wrong_password = false;    ///< with a message, instead of asking again
    bool wants_new_password = false;            ///< the right password is answered by the wish for another
    bool then_asks_for_password = false;        ///< after keyboard-interactive it wants the password too
    std::vector<std::vector<Question>> rounds;  ///< keyboard-interactive; a round may be empty
    bool refuses_terminal = false, refuses_shell = false, refuses_session = false;
    bool is_silent_after_handshake = false;
    std::uint64_t renews_keys_after = 0;  ///< bytes in either direction, once somebody is logged in; 0: never
};

/// Its shell sends "pix> ", and answers a line: "flood" with a MiB, "quit" by closing the channel, "drop" by cutting the
/// connection, "freeze" by never reading again, "ignore" with SSH_MSG_IGNORE for ever, "error TEXT" on the error stream, "size" with the terminal, "x11", "agent"
/// and "keepalive" by asking that of the client first, anything else by "said LINE".
class SshServer {
 public:
    explicit SshServer(SshServerSettings settings = {});
    ~SshServer();

    std::uint16_t port() const { return server_.port(); }
    int connections() const { return server_.connections(); }
    std::string known_hosts_line() const;  ///< "[127.0.0.1]:PORT ssh-rsa AAAA..."
    std::string key_base64() const { return key_base64_; }
    std::string key_type() const { return key_type_; }
    int passwords_received() const { return passwords_received_; }
    int answers_received() const { return answers_received_; }
    std::vector<std::string> lines();  ///< what its shells were sent

 private:
    struct Dialogue;
    void serve(int fd);

    SshServerSettings settings_;
    ssh_key key_ = nullptr;
    std::string key_base64_, key_type_;
    std::atomic<int> passwords_received_{0}, answers_received_{0};
    std::mutex mutex_;
    std::vector<std::string> lines_;
    TcpServer server_;
};

}  // namespace support
