#pragma once
// The server's side of one SSH connection: key exchange, password, one terminal. Owned by one
// thread.

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "examples/lab/byte_stream.hpp"
#include "examples/lab/world.hpp"

namespace lab {

class SshStream final : public Connection {
 public:
    /// Takes over `connection` and its socket.
    SshStream(ssh_session connection, World& world, Device& device, std::shared_ptr<Session> session);
    ~SshStream() override;
    SshStream(const SshStream&) = delete;
    SshStream& operator=(const SshStream&) = delete;

    /// Key exchange, login, and the request for a shell. False: no terminal came of it.
    bool open_terminal() override;

    long read_some(std::span<char> into, std::chrono::milliseconds limit) override;
    bool write(std::string_view bytes) override;
    void sleep(std::chrono::milliseconds limit) override;
    void renew_keys() override;

 private:
    static void on_status(void* self, float progress);
    static int on_password(ssh_session, const char* user, const char* password, void* self);
    static ssh_channel on_channel(ssh_session connection, void* self);
    static int on_pty(ssh_session, ssh_channel, const char* term, int columns, int rows, int width, int height,
                      void* self);
    static int on_shell(ssh_session, ssh_channel, void* self);
    static int on_exec(ssh_session, ssh_channel, const char* command, void* self);
    void drain_wake() const;

    ssh_session connection_;
    ssh_channel channel_ = nullptr;
    World& world_;
    Device& device_;
    std::shared_ptr<Session> session_;
    int socket_, wake_;
    int tries_ = 0;
    bool shell_ = false;
    Clock::time_point keys_made_;
    ssh_callbacks_struct callbacks_{};
    ssh_server_callbacks_struct server_callbacks_{};
    ssh_channel_callbacks_struct channel_callbacks_{};
};

}  // namespace lab
