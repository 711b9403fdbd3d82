#include "collector/session/transport/exec.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "collector/system/byte_pipe.hpp"
#include "collector/system/command_words.hpp"

namespace collector {

using formats::Error;
using formats::Result;

namespace {

constexpr winsize size_of_terminal{200, 511, 0, 0};

/// The master's side; `device` is the path of the other.
Result<Descriptor> open_terminal(const std::string& endpoint, std::string& device) {
    const auto failed = [&] { return formats::system_error(endpoint, "opening a pseudo-terminal", errno); };
    Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    std::array<char, 64> name{};
    if (master.get() < 0 || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
        ::ptsname_r(master.get(), name.data(), name.size()) != 0)
        return failed();
    device = name.data();
    // Raw and without echo: a program that sets nothing itself gets our bytes as they are.
    const Descriptor slave(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    if (slave.get() < 0 || ::tcgetattr(slave.get(), &settings) != 0) return failed();
    ::cfmakeraw(&settings);
    if (::tcsetattr(slave.get(), TCSANOW, &settings) != 0 || ::ioctl(slave.get(), TIOCSWINSZ, &size_of_terminal) != 0)
        return failed();
    return master;
}

}  // namespace

ExecTransport::ExecTransport(std::string endpoint, std::string program, Descriptor terminal, ChildProcess child)
    : endpoint_(std::move(endpoint)),
      program_(std::move(program)),
      terminal_(std::move(terminal)),
      child_(std::move(child)) {}

ExecTransport::~ExecTransport() { ExecTransport::close(); }

Result<std::unique_ptr<ExecTransport>> ExecTransport::open(const std::string& endpoint, const std::string& command) {
    auto words = command_words(command);
    if (!words) return words.error();
    std::string device;
    auto master = open_terminal(endpoint, device);
    if (!master) return master.error();

    std::string program = "`" + words->front() + "`";
    auto child = ChildProcess::start(endpoint, std::move(*words), device);
    if (!child) {
        Error failure = child.error();
        failure.remedy = "exec: names a program and its arguments; no shell reads them";
        return failure;
    }
    return std::unique_ptr<ExecTransport>(
        new ExecTransport(endpoint, std::move(program), std::move(*master), std::move(*child)));
}

Result<std::size_t> ExecTransport::read_some(std::span<char> into, const Patience& patience) {
    auto got = read_bytes(terminal_.get(), into, program_, patience);
    if (got) return got;
    Error error = got.error();
    error.subject = endpoint_;
    return error;
}

Result<void> ExecTransport::write(std::string_view bytes, const Patience& patience) {
    auto written = write_bytes(terminal_.get(), bytes, program_, patience);
    if (written) return written;
    Error error = written.error();
    error.subject = endpoint_;
    return error;
}

void ExecTransport::close() noexcept {
    terminal_ = Descriptor();
    child_.end();
}

}  // namespace collector
