#include "collector/progress/progress.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "collector/progress/event_json.hpp"
#include "collector/progress/outlet.hpp"
#include "collector/progress/run_log.hpp"
#include "collector/progress/screen.hpp"
#include "collector/progress/screen_text.hpp"
#include "collector/system/patience.hpp"
#include "formats/text/utc_time.hpp"

namespace collector {

namespace {

constexpr std::size_t queue_bound = 4096;             // items
constexpr std::size_t queue_bytes_bound = 2U << 20U;  // a capture's text is never an event's text
constexpr std::size_t outlet_bound = 1U << 20U;
constexpr std::size_t slow_terminal = 8U << 10U;  // live lines are left away beyond
constexpr auto farewell_limit = std::chrono::seconds(1);
constexpr auto hold_limit = std::chrono::milliseconds(200);

std::size_t size_of(const Event& event) {
    std::size_t size = event.endpoint.size() + event.text.size();
    for (const auto& [key, value] : event.members) size += key.size() + value.size();
    return size;
}

Screen::Size terminal_size() {
    winsize found{};
    Screen::Size size;
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 && found.ws_row > 0)
        size = {found.ws_col, found.ws_row};
    return size;
}

/// Writes for as long as `limit` allows, never blocks beyond it.
void write_within(int fd, std::string_view text, milliseconds limit) {
    const auto patience = Patience::within(limit);
    Outlet outlet(fd, text.size());
    outlet.put(text, true);
    for (outlet.flush(); outlet.is_pending(); outlet.flush()) {
        const auto ready = wait_for(outlet.poll_fd(), patience, true);
        if (!ready || *ready != Ready::ready) return;
    }
}

}  // namespace

std::string_view name_of(EventKind kind) {
    switch (kind) {
        case EventKind::run: return "run";
        case EventKind::phase: return "phase";
        case EventKind::endpoint: return "endpoint";
        case EventKind::capture: return "capture";
        case EventKind::debug: return "debug";
        case EventKind::probe: return "probe";
        case EventKind::action: return "action";
        case EventKind::guard: return "guard";
        case EventKind::finding: return "finding";
        case EventKind::warning: return "warning";
        case EventKind::result: return "result";
    }
    return "run";
}

ProgressSettings progress_settings(bool json, int verbosity) {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const term = std::getenv("TERM");
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
    return {json, verbosity, terminal && (no_colour == nullptr || *no_colour == '\0'), terminal};
}

struct Progress::Writer {
    struct TimedEvent {
        Event event;
        formats::UtcTime time;
    };
    struct Always {
        std::string text;
    };
    struct OpenLog {
        formats::SpoolFile file;
    };
    struct CloseLog {
        std::promise<formats::Result<void>> closed;
    };
    struct Hold {
        int change;
    };
    struct Last {
        TimedEvent event;
        std::string path;
    };
    using Item = std::variant<TimedEvent, Always, OpenLog, CloseLog, Hold, Last>;

    Writer(const ProgressSettings& wanted, std::shared_ptr<formats::Redaction> by)
        : settings(wanted),
          redaction(std::move(by)),
          wake_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          screen(wanted) {
        thread = std::jthread([this] { write_all(); });
    }
    ~Writer() {
        {
            const std::lock_guard lock(mutex);
            ending = true;
            deadline = std::chrono::steady_clock::now() + farewell_limit;
        }
        wake();
        thread.join();
        if (wake_fd >= 0) ::close(wake_fd);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // ---- any thread ----

    /// `bytes` counts against the bound; 0 is always taken.
    void post(Item item, std::size_t bytes) {
        bool first = false;
        {
            const std::lock_guard lock(mutex);
            if (bytes > 0 && (queue.size() >= queue_bound || queued_bytes + bytes > queue_bytes_bound)) {
                ++dropped;
                return;
            }
            queued_bytes += bytes;
            first = queue.empty();
            queue.push_back(std::move(item));
        }
        if (first) wake();  // else it has been, and has not looked yet
    }

    void wake() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
    }

    template <class Condition>
    bool wait_until(SteadyTime limit, Condition condition) {
        std::unique_lock lock(mutex);
        return changed.wait_until(lock, limit, condition);
    }

    // ---- the writer's thread ----

    void write_all() {
        bool go_on = true;
        while (go_on) {
            wait();
            for (auto& item : taken()) handle_safely(item);
            show();
            standard_output.flush();
            standard_error.flush();
            go_on = announce();
        }
        if (log) (void)log->close();  // whoever cares for the member has called close_log()
    }

    /// An exception that left the thread would end the process, debugs on.
    void handle_safely(Item& item) {
        try {
            std::visit([this](auto& what) { handle(what); }, item);
        } catch (const std::exception&) {
            ++lost;
        }
    }

    void wait() const {
        std::array<pollfd, 3> fds{{{wake_fd, POLLIN, 0},
                                   {standard_output.is_pending() ? standard_output.poll_fd() : -1, POLLOUT, 0},
                                   {standard_error.is_pending() ? standard_error.poll_fd() : -1, POLLOUT, 0}}};
        (void)::poll(fds.data(), fds.size(), is_ending || wake_fd < 0 ? 20 : -1);
        std::uint64_t rings = 0;
        [[maybe_unused]] const auto n = ::read(wake_fd, &rings, sizeof rings);
    }

    std::deque<Item> taken() {
        const std::lock_guard lock(mutex);
        queued_bytes = 0;
        is_ending = ending;
        lost += std::exchange(dropped, 0);
        return std::exchange(queue, {});
    }

    void handle(TimedEvent& item) {
        if (log) log->write(item.event, item.time);
        if (screen.shows(item.event.kind))
            screen.add(item.event.kind, redaction->redact(item.event.endpoint), redaction->redact(item.event.text),
                       item.event.is_passing);
        if (settings.json && !is_last_queued) print_json(item);
    }
    void handle(Always& item) { screen.add_always(redaction->redact(item.text)); }
    void handle(OpenLog& item) { log.emplace(std::move(item.file), redaction); }
    void handle(CloseLog& item) {
        formats::Result<void> closed;
        try {
            if (log) closed = log->close();
        } catch (const std::exception& error) {
            // The run waits for an answer, and has debugs to think of.
            closed = formats::Error{formats::ErrorKind::internal, "collector.log", error.what(), {}};
        }
        item.closed.set_value(std::move(closed));
        log.reset();
    }
    void handle(Hold& item) {
        if (item.change > 0 && holds == 0) draw(false);
        holds += item.change;
    }
    void handle(Last& item) {
        if (std::exchange(is_last_queued, true)) return;
        if (log) log->write(item.event.event, item.event.time);
        screen.add(item.event.event.kind, {}, redaction->redact(item.event.event.text), false);
        // The path goes below the last message, not behind a live line.
        draw(false);
        standard_error.flush();
        if (lost > 0) item.event.event.members.emplace_back("dropped", "=" + std::to_string(lost));
        if (settings.json)
            standard_output.put(json_line(item.event.event, item.event.time, *redaction), true);
        else if (!item.path.empty())
            standard_output.put(item.path + '\n', true);
    }

    void print_json(const TimedEvent& item) {
        if (!standard_output.put(json_line(item.event, item.time, *redaction))) ++lost;
    }

    /// Messages wait while a question stands on the terminal or the terminal does not keep up.
    void show() {
        if (!is_ending && (holds > 0 || standard_error.pending() > slow_terminal)) return;
        draw(settings.live && !is_ending && !is_last_queued);
    }
    void draw(bool live) {
        const auto bytes = screen.take(settings.live ? terminal_size() : Screen::Size{}, live);
        if (!standard_error.put(bytes)) ++lost;
    }

    /// Tells who waits what has been reached; false at the end.
    bool announce() {
        const std::lock_guard lock(mutex);
        last_written = is_last_queued && !standard_output.is_pending();
        output_failure = standard_output.failure();
        screen_held = holds > 0 && !standard_error.is_pending();
        changed.notify_all();
        if (!is_ending || !queue.empty()) return true;
        const bool pending = standard_output.is_pending() || standard_error.is_pending();
        return pending && std::chrono::steady_clock::now() < deadline;
    }

    const ProgressSettings settings;
    const std::shared_ptr<formats::Redaction> redaction;
    const int wake_fd;

    std::mutex mutex;
    std::condition_variable changed;
    // Below the mutex:
    std::deque<Item> queue;
    std::size_t queued_bytes = 0;
    std::uint64_t dropped = 0;
    bool ending = false, last_written = false, screen_held = false;
    int output_failure = 0;  // errno
    SteadyTime deadline{};

    // The writer's own:
    Outlet standard_output{STDOUT_FILENO, outlet_bound};
    Outlet standard_error{STDERR_FILENO, outlet_bound};
    Screen screen;
    std::optional<RunLog> log;
    std::uint64_t lost = 0;
    int holds = 0;
    bool is_ending = false, is_last_queued = false;

    std::jthread thread;
};

Progress::Progress(const ProgressSettings& settings, std::shared_ptr<formats::Redaction> redaction)
    : writer_(std::make_unique<Writer>(settings, std::move(redaction))) {}

Progress::~Progress() = default;

void Progress::log_to(formats::SpoolFile file) { writer_->post(Writer::OpenLog{std::move(file)}, 0); }

formats::Result<void> Progress::close_log() {
    std::promise<formats::Result<void>> promise;
    auto closed = promise.get_future();
    writer_->post(Writer::CloseLog{std::move(promise)}, 0);
    return closed.get();
}

void Progress::event(Event event) {
    const auto bytes = size_of(event) + 1;
    writer_->post(Writer::TimedEvent{std::move(event), formats::utc_now()}, bytes);
}

void Progress::phase(std::string_view name, std::string_view text) {
    event({EventKind::phase, {}, std::string(text), {{"phase", std::string(name)}}});
}

void Progress::warn(std::string_view endpoint, std::string_view text) {
    event({EventKind::warning, std::string(endpoint), std::string(text), {}});
}

void Progress::always(std::string_view text) { writer_->post(Writer::Always{std::string(text)}, 0); }

void Progress::hold_screen() {
    writer_->post(Writer::Hold{1}, 0);
    writer_->wait_until(std::chrono::steady_clock::now() + hold_limit, [this] { return writer_->screen_held; });
}

void Progress::release_screen() { writer_->post(Writer::Hold{-1}, 0); }

bool Progress::result(Event event, const std::string& bundle_path, std::chrono::milliseconds limit) {
    event.kind = EventKind::result;
    writer_->post(Writer::Last{{std::move(event), formats::utc_now()}, bundle_path}, 0);
    if (!writer_->settings.json && bundle_path.empty()) {
        writer_->wait_until(std::chrono::steady_clock::now() + limit, [this] { return writer_->last_written; });
        return true;
    }
    int failure = 0;
    const bool written = writer_->wait_until(std::chrono::steady_clock::now() + limit,
                                             [&] { return failure = writer_->output_failure, writer_->last_written; });
    if (written && failure == 0) return true;
    const std::string reason = failure != 0 ? formats::system_error("", "writing", failure).detail : "nobody reads it";
    always("tacbundle: standard output: " + reason + ": the result was not written there" +
           (bundle_path.empty() ? "" : "; the bundle is " + bundle_path));
    return false;
}

int Progress::refuse(bool json, const formats::Error& error, ExitCode code) {
    // An error may quote what the user wrote, and that may hold a secret in spite of all advice.
    const auto redaction = formats::Redaction::make({});
    const Event result{EventKind::result,
                       {},
                       error.message(),
                       {{"bundle", "=null"},
                        {"sha256", "=null"},
                        {"outcome", std::string(formats::name_of(error.kind))},
                        {"exit", "=" + std::to_string(static_cast<int>(code))},
                        {"missing", "=[]"}}};
    const std::string shown = redaction ? (*redaction)->redact(error.message()).str() : redaction.error().message();
    write_within(STDERR_FILENO, "tacbundle: " + neutralised(shown, true) + '\n', farewell_limit);
    if (json && redaction)
        write_within(STDOUT_FILENO, json_line(result, formats::utc_now(), **redaction), farewell_limit);
    return static_cast<int>(code);
}

}  // namespace collector
