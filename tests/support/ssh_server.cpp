#include "tests/support/ssh_server.hpp"

#include <arpa/inet.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

// libssh deprecates the server by messages, which reads top to bottom, for the one by callbacks.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace support {

TcpServer::TcpServer(Serve serve)
    : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0 || ::getsockname(listener_, any, &size) != 0)
        throw std::runtime_error("no listening socket on loopback");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

TcpServer::~TcpServer() { stop(); }

void TcpServer::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
        ending_ = true;
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    ended_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
}

void TcpServer::wait_for_end() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return ending_.load(); });
}

void TcpServer::accept_all() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const std::lock_guard lock(mutex_);
        if (ending_) {
            ::close(fd);
            return;
        }
        sockets_.insert(fd);
        ++connections_;
        threads_.emplace_back([this, fd] {
            serve_(fd);
            const std::lock_guard last(mutex_);
            sockets_.erase(fd);
            ::close(fd);
        });
    }
}

/// One connection from banner to shell.
struct SshServer::Dialogue {
    SshServer& server;
    int fd;
    const SshServerSettings& settings = server.settings_;
    ssh_session session = ssh_new();
    ssh_bind bind = ssh_bind_new();
    ssh_channel channel = nullptr;
    bool password_given = false, is_in = false, has_hung_up = false;
    std::size_t round = 0;
    std::string terminal;

    explicit Dialogue(SshServer& own, int socket) : server(own), fd(socket) {}
    ~Dialogue() {
        ssh_free(session);
        ssh_bind_free(bind);
    }

    void run() {
        const bool no_config = false;
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_config);
        if (settings.rsa_bits < 1024) ssh_bind_options_set(bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &settings.rsa_bits);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(server.key_));
        if (settings.legacy) {
            ssh_bind_options_set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group1-sha1");
            ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-rsa");
            for (const auto option : {SSH_BIND_OPTIONS_CIPHERS_C_S, SSH_BIND_OPTIONS_CIPHERS_S_C})
                ssh_bind_options_set(bind, option, "3des-cbc");
            for (const auto option : {SSH_BIND_OPTIONS_HMAC_C_S, SSH_BIND_OPTIONS_HMAC_S_C})
                ssh_bind_options_set(bind, option, "hmac-sha1");
        }
        if (settings.renews_keys_after > 0)
            ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &settings.renews_keys_after);
        // libssh closes the descriptor it is given; the other one is for shutting down.
        if (ssh_bind_accept_fd(bind, session, ::dup(fd)) != SSH_OK || ssh_handle_key_exchange(session) != SSH_OK)
            return;
        if (settings.is_silent_after_handshake) return server.server_.wait_for_end();
        ssh_set_auth_methods(session, settings.methods);
        while (ssh_message message = next_message()) {
            const bool shell = answer(message);
            ssh_message_free(message);
            if (shell) return talk();
            if (has_hung_up) return;
        }
    }

    /// Nothing when the client has gone. Not left to libssh, which may wait for ever after a client that left
    /// right behind its last packet.
    ssh_message next_message() {
        ssh_message message = nullptr;
        ssh_set_blocking(session, 0);
        while (message == nullptr && (ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0 &&
               !server.server_.is_ending()) {
            message = ssh_message_get(session);
            pollfd ready{ssh_get_fd(session), POLLIN, 0};
            if (message == nullptr) ::poll(&ready, 1, 20);
        }
        ssh_set_blocking(session, 1);
        return message;
    }

    /// True when a shell was asked for and given.
    bool answer(ssh_message message) {
        switch (ssh_message_type(message)) {
            case SSH_REQUEST_AUTH: authenticate(message); return false;
            case SSH_REQUEST_CHANNEL_OPEN:
                if (settings.refuses_session || !is_in || channel != nullptr) break;
                channel = ssh_message_channel_request_open_reply_accept(message);
                return false;
            case SSH_REQUEST_CHANNEL:
                if (ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_PTY && !settings.refuses_terminal) {
                    terminal = std::string(ssh_message_channel_request_pty_term(message)) + " " +
                               std::to_string(ssh_message_channel_request_pty_width(message)) + "x" +
                               std::to_string(ssh_message_channel_request_pty_height(message));
                    ssh_message_channel_request_reply_success(message);
                    return false;
                }
                if (ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_SHELL && !settings.refuses_shell) {
                    ssh_message_channel_request_reply_success(message);
                    return true;
                }
                break;
            case SSH_REQUEST_SERVICE: ssh_message_service_reply_success(message); return false;
            default: break;
        }
        ssh_message_reply_default(message);
        return false;
    }

    void authenticate(ssh_message message) {
        const char* user = ssh_message_auth_user(message);
        // An answer does not repeat the user.
        const bool known =
            (user != nullptr && settings.user == user) || ssh_message_auth_kbdint_is_response(message) != 0;
        switch (ssh_message_subtype(message)) {
            case SSH_AUTH_METHOD_NONE:
                if (settings.lets_anyone_in) return accept(message);
                break;
            case SSH_AUTH_METHOD_PASSWORD: {
                ++server.passwords_received_;
                const char* password = ssh_message_auth_password(message);
                if (known && password != nullptr && settings.password == password && !password_given) {
                    if (settings.wants_new_password) return ask_for_new_password(message);
                    if (!settings.password_is_half) return accept(message);
                    password_given = true;
                    ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_INTERACTIVE);
                    ssh_message_auth_reply_success(message, 1);
                    return;
                }
                if (settings.hangs_up_on_wrong_password) {
                    ssh_session_set_disconnect_message(session, "Too many authentication failures");
                    ssh_disconnect(session);
                    has_hung_up = true;
                    return;
                }
                break;
            }
            case SSH_AUTH_METHOD_INTERACTIVE:
                if (known && (!settings.password_is_half || password_given)) return question(message);
                break;
            default: break;
        }
        ssh_message_auth_set_methods(message,
                                     password_given ? static_cast<int>(SSH_AUTH_METHOD_INTERACTIVE) : settings.methods);
        ssh_message_reply_default(message);
    }

    /// SSH_MSG_USERAUTH_PASSWD_CHANGEREQ has the number of SSH_MSG_USERAUTH_PK_OK, and two strings like that.
    static void ask_for_new_password(ssh_message message) {
        const ssh_string prompt = ssh_string_from_char("Your password has expired. New password: "),
                         language = ssh_string_from_char("");
        ssh_message_auth_reply_pk_ok(message, prompt, language);
        ssh_string_free(prompt);
        ssh_string_free(language);
    }

    void question(ssh_message message) {
        if (ssh_message_auth_kbdint_is_response(message) != 0) {
            const auto& asked = settings.rounds.at(round);
            for (std::size_t i = 0; i < asked.size(); ++i) {
                ++server.answers_received_;
                const char* given = ssh_userauth_kbdint_getanswer(session, static_cast<unsigned>(i));
                if (given != nullptr && asked[i].answer == given) continue;
                ssh_message_reply_default(message);
                return;
            }
            ++round;
        } else {
            round = 0;
        }
        if (round == settings.rounds.size()) {
            if (!settings.then_asks_for_password) return accept(message);
            ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_PASSWORD);
            ssh_message_auth_reply_success(message, 1);
            return;
        }
        const auto& asked = settings.rounds[round];
        std::vector<const char*> prompts;
        std::string echo;
        for (const auto& each : asked) {
            prompts.push_back(each.prompt.c_str());
            echo += each.echo ? '\1' : '\0';
        }
        ssh_message_auth_interactive_request(message, "", "", static_cast<unsigned>(prompts.size()), prompts.data(),
                                             echo.data());
    }

    void accept(ssh_message message) {
        is_in = true;
        ssh_message_auth_reply_success(message, 0);
    }

    void talk() {
        send("pix> ");
        std::string line;
        std::array<char, 4096> piece{};
        while (!server.server_.is_ending()) {
            const int n = ssh_channel_read_timeout(channel, piece.data(), piece.size(), 0, 100);
            if (n < 0 || ssh_channel_is_eof(channel) != 0) return;
            for (int i = 0; i < n; ++i) {
                const char c = piece[static_cast<std::size_t>(i)];
                if (c != '\r' && c != '\n') {
                    line += c;
                    continue;
                }
                {
                    const std::lock_guard lock(server.mutex_);
                    server.lines_.push_back(line);
                }
                if (!reply(line)) return;
                line.clear();
            }
        }
    }

    bool reply(const std::string& line) {
        if (line == "freeze") return server.server_.wait_for_end(), false;
        if (line == "drop") return false;
        if (line == "quit") {
            ssh_channel_send_eof(channel);
            ssh_channel_close(channel);
            server.server_.wait_for_end();
            return false;
        }
        if (line == "flood") {
            send(std::string(1 << 20, '#') + "end\r\n");
        } else if (line == "size") {
            send(terminal + "\r\n");
        } else if (line == "ignore") {
            while (!server.server_.is_ending() && ssh_send_ignore(session, std::string(1000, 'x').c_str()) == SSH_OK) {
            }
            return false;
        } else if (line == "x11" || line == "agent") {
            const ssh_channel unasked = ssh_channel_new(session);
            const int opened =
                line == "x11" ? ssh_channel_open_x11(unasked, "127.0.0.1", 6000) : ssh_channel_open_auth_agent(unasked);
            ssh_channel_free(unasked);
            send(opened == SSH_OK ? "taken\r\n" : "declined\r\n");
        } else if (line == "keepalive") {
            send(ssh_send_keepalive(session) == SSH_OK ? "alive\r\n" : "dead\r\n");
        } else if (line.starts_with("error ")) {
            const std::string text = line.substr(6) + "\r\n";
            ssh_channel_write_stderr(channel, text.data(), static_cast<std::uint32_t>(text.size()));
        } else {
            send("said " + line + "\r\n");
        }
        return true;
    }

    void send(const std::string& text) {
        ssh_channel_write(channel, text.data(), static_cast<std::uint32_t>(text.size()));
    }
};

SshServer::SshServer(SshServerSettings settings)
    : settings_(std::move(settings)), server_([this](int fd) { serve(fd); }) {
    if (ssh_pki_generate(SSH_KEYTYPE_RSA, settings_.rsa_bits, &key_) != SSH_OK) throw std::runtime_error("no host key");
    char* text = nullptr;
    ssh_pki_export_pubkey_base64(key_, &text);
    key_base64_ = text;
    ssh_string_free_char(text);
    key_type_ = "ssh-rsa";
}

SshServer::~SshServer() {
    server_.stop();
    ssh_key_free(key_);
}

void SshServer::serve(int fd) { Dialogue(*this, fd).run(); }

std::string SshServer::known_hosts_line() const {
    return "[127.0.0.1]:" + std::to_string(port()) + " " + key_type_ + " " + key_base64_;
}

std::vector<std::string> SshServer::lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
}

}  // namespace support
