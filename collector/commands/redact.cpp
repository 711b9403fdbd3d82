#include "collector/commands/redact.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "collector/commands/key_file.hpp"
#include "collector/progress/progress.hpp"
#include "formats/redaction/address_mask.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/result.hpp"
#include "formats/text/archive_form.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::size_t chunk = std::size_t{64}
                              << 10;  // larger, and malloc hands its pages back and takes them anew each time

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

// Rule and place of each replacement, one line for equal ones: "config.txt:12: isakmp-key" or "...
// (2)".
class Report {
 public:
    void start(std::string file) { file_ = std::move(file); }
    void add(std::string_view rule, std::size_t line) {
        if (line != line_) flush();
        line_ = line;
        ++rules_[std::string(rule)];
    }
    // "config.txt:12: left, prompt: a status": once for a rule and a reason.
    void add_left(std::string_view rule, std::string_view why, std::size_t line) {
        if (line != line_) flush();
        line_ = line;
        left_.insert(std::string(rule).append(": ").append(why));
    }
    void flush() {
        for (const auto& [rule, count] : rules_) {
            std::fprintf(stderr, "%s:%zu: %s", file_.c_str(), line_, rule.c_str());
            if (count > 1) std::fprintf(stderr, " (%zu)", count);
            std::fputc('\n', stderr);
        }
        for (const auto& left : left_) std::fprintf(stderr, "%s:%zu: left, %s\n", file_.c_str(), line_, left.c_str());
        rules_.clear();
        left_.clear();
    }
    void totals(const formats::RuleCounts& counts) {
        for (const auto& [rule, count] : counts)
            std::fprintf(stderr, "%8llu  %s\n", static_cast<unsigned long long>(count), rule.c_str());
    }

 private:
    std::string file_;
    std::size_t line_ = 0;
    std::map<std::string, std::size_t> rules_;
    std::set<std::string> left_;
};

// What a chunk of a file goes through on its way to standard output; an empty one ends the file.
using Filter = std::function<Result<std::string>(std::string_view chunk)>;

Filter redact_filter(formats::Redaction& redaction, Report* report, bool explain, const std::string& name) {
    auto stream = std::make_shared<formats::Redactor>(redaction.stream());
    if (report != nullptr) {
        report->start(name == "-" ? "standard input" : name);
        stream->on_replaced([report](std::string_view rule, std::size_t line) { report->add(rule, line); });
        if (explain)
            stream->on_left([report](std::string_view rule, std::string_view why, std::size_t line) {
                report->add_left(rule, why, line);
            });
    }
    return [stream](std::string_view bytes) -> Result<std::string> {
        auto text = bytes.empty() ? stream->finish() : stream->feed(bytes);
        if (!text) return text.error();
        return text->str();
    };
}

/// The first bytes of a file, as many as tell whether it is text.
Result<std::size_t> read_beginning(int fd, char* buffer, const std::string& path) {
    std::size_t size = 0;
    do {
        const auto n = read_some(fd, buffer + size, chunk - size, path);
        if (!n) return n;
        size += *n;
        if (*n == 0) break;
    } while (formats::may_become_archive({buffer, size}));
    if (const auto form = formats::archive_form({buffer, size}); !form.empty())
        return Error{ErrorKind::usage, path == "-" ? "standard input" : path,
                     "it is " + std::string(form) + ", not text",
                     "unpack it and redact the files in it; of a bundle `tacbundle show` tells what is inside"};
    return size;
}

Result<void> filter_file(const std::string& path, const Filter& filter, char* buffer) {
    const Input input(path);
    if (input.fd() < 0) return unreadable(path, errno);
    for (bool is_first = true;; is_first = false) {
        const auto n = is_first ? read_beginning(input.fd(), buffer, path) : read_some(input.fd(), buffer, chunk, path);
        const std::size_t size = n ? *n : 0;
        // What was read so far is redacted and written also when the rest cannot be read.
        const auto text = filter({buffer, size});
        if (!text) return text.error();
        if (auto written = write_all(*text); !written) return written;
        if (size == 0) return n ? Result<void>() : Result<void>(n.error());
    }
}

// Before the first byte is written: all of them must be there. They are not opened: that would take
// the first bytes of a pipe.
Result<void> all_readable(const std::vector<std::string>& files) {
    for (const auto& path : files)
        if (path != "-" && ::access(path.c_str(), R_OK) != 0) return unreadable(path, errno);
    return {};
}

Result<void> redact_all(const RedactRequest& request) {
    const std::vector<std::string> files = request.files.empty() ? std::vector<std::string>{"-"} : request.files;
    if (auto readable = all_readable(files); !readable) return readable;
    const auto buffer = std::make_unique<char[]>(chunk);

    if (!request.unmask.empty()) {
        const auto map = formats::AddressMap::read(request.unmask);
        if (!map) return Error{ErrorKind::usage, map.error().subject, map.error().detail, {}};
        for (const auto& path : files) {
            const auto tail = std::make_shared<formats::AddressTail>();
            const Filter unmask = [&map, tail](std::string_view bytes) -> Result<std::string> {
                return map->unmask(bytes.empty() ? tail->rest() : tail->take(bytes));
            };
            if (auto done = filter_file(path, unmask, buffer.get()); !done) return done;
        }
        return {};
    }

    formats::RedactionSettings settings;
    settings.mask_addresses = !request.mask_addresses.empty();
    std::error_code ignored;
    if (settings.mask_addresses && std::filesystem::exists(request.mask_addresses, ignored))
        return Error{ErrorKind::usage, request.mask_addresses, "exists already; a map is never overwritten",
                     "name a new file"};
    if (!request.key_file.empty()) {
        auto key = read_key_file(request.key_file);
        if (!key) return key.error();
        settings.key = std::move(*key);
    }
    const auto redaction = formats::Redaction::make(settings);
    if (settings.key) formats::wipe(*settings.key);
    if (!redaction) return redaction.error();

    Report report;
    for (const auto& path : files) {
        const Filter redact =
            redact_filter(**redaction, request.report || request.explain ? &report : nullptr, request.explain, path);
        auto done = filter_file(path, redact, buffer.get());
        report.flush();
        if (!done) return done;
    }
    if (request.report || request.explain) report.totals((*redaction)->counts());
    if (settings.mask_addresses) return (*redaction)->write_address_map(request.mask_addresses);
    return {};
}

}  // namespace

int redact_command(const RedactRequest& request) {
    // A reader that is gone is an error at the write, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    const auto done = redact_all(request);
    if (done) return static_cast<int>(ExitCode::complete);
    return Progress::refuse(false, done.error(),
                            done.error().kind == ErrorKind::usage ? ExitCode::usage : ExitCode::internal);
}

}  // namespace collector
