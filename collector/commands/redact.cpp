#include "collector/commands/redact.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "collector/progress.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t chunk = 256 * 1024;
constexpr std::size_t largest_key = 4096;

/// A file or standard input to read from; closes what it has opened.
class Input {
 public:
    explicit Input(const std::string& path)
        : is_standard_(path == "-"),
          fd_(is_standard_ ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() {
        if (!is_standard_ && fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

 private:
    bool is_standard_;
    int fd_;
};

Error unreadable(const std::string& path, int errno_value) {
    auto error = formats::system_error(path, "reading", errno_value);
    error.kind = ErrorKind::usage;
    error.remedy = "check the path and its permissions";
    return error;
}

Result<std::size_t> read_some(int fd, char* into, std::size_t size, const std::string& path) {
    for (;;) {
        const auto n = ::read(fd, into, size);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EINTR) return unreadable(path, errno);
    }
}

Result<void> write_all(std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(STDOUT_FILENO, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return formats::system_error("standard output", "writing", errno);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

Result<std::string> read_key(const std::string& path) {
    const Input file(path);
    if (file.fd() < 0) return unreadable(path, errno);
    std::string key(largest_key + 1, '\0');
    std::size_t size = 0;
    for (std::size_t n = 1; n > 0 && size < key.size(); size += n) {
        const auto got = read_some(file.fd(), key.data() + size, key.size() - size, path);
        if (!got) return got.error();
        n = *got;
    }
    if (size > largest_key)
        return Error{ErrorKind::usage, path, "a key file has at most 4,096 bytes", "head -c 32 /dev/urandom > " + path};
    key.resize(size);
    return key;
}

Result<void> redact_stream(const std::string& path, formats::Redaction& redaction, char* buffer) {
    const Input input(path);
    if (input.fd() < 0) return unreadable(path, errno);
    auto stream = redaction.stream();
    for (;;) {
        const auto n = read_some(input.fd(), buffer, chunk, path);
        // What was read so far is redacted and written all the same.
        if (!n || *n == 0) {
            if (auto written = write_all(stream.finish().str()); !written) return written;
            return n ? Result<void>() : Result<void>(n.error());
        }
        if (auto written = write_all(stream.feed({buffer, *n}).str()); !written) return written;
    }
}

Result<void> redact_all(const RedactRequest& request) {
    if (request.mask_addresses || request.unmask)
        return Error{ErrorKind::usage, request.unmask ? "--unmask" : "--mask-addresses", "is not built yet", "leave it out"};
    formats::RedactionSettings settings;
    if (!request.key_file.empty()) {
        auto key = read_key(request.key_file);
        if (!key) return key.error();
        settings.key = std::move(*key);
    }
    auto redaction = formats::Redaction::make(settings);
    if (settings.key) OPENSSL_cleanse(settings.key->data(), settings.key->size());
    if (!redaction) return redaction.error();

    const auto buffer = std::make_unique<char[]>(chunk);
    const std::vector<std::string> standard_input{"-"};
    for (const auto& path : request.files.empty() ? standard_input : request.files)
        if (auto done = redact_stream(path, **redaction, buffer.get()); !done) return done;
    if (request.report)
        for (const auto& [rule, count] : (*redaction)->counts())
            std::fprintf(stderr, "%8llu  %s\n", static_cast<unsigned long long>(count), rule.c_str());
    return {};
}

}  // namespace

int redact_command(const RedactRequest& request) {
    const auto done = redact_all(request);
    if (done) return static_cast<int>(ExitCode::complete);
    return Progress::refuse(false, done.error(),
                            done.error().kind == ErrorKind::usage ? ExitCode::usage : ExitCode::internal);
}

}  // namespace collector
