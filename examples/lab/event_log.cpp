#include "examples/lab/event_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "formats/text/utc_time.hpp"

namespace lab {

formats::Result<void> EventLog::open(EventLog& log, const std::string& path) {
    if (path.empty()) return {};
    log.file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log.file_ < 0) return formats::system_error(path, "opening the lab's log", errno);
    return {};
}

EventLog::~EventLog() {
    if (file_ >= 0) ::close(file_);
}

void EventLog::write(std::string_view side, int session, std::string_view event, const JsonObject& details) {
    if (file_ < 0) return;
    const std::lock_guard lock(mutex_);
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
    char mono[32];
    std::snprintf(mono, sizeof mono, "%.6f", since.count());
    JsonObject line;
    line.add("seq", ++sequence_).add_json("mono", mono).add("utc", formats::to_iso(formats::utc_now()));
    if (!side.empty()) line.add("side", side);
    if (session > 0) line.add("session", session);
    line.add("event", event).add_all(details);
    const std::string text = line.text() + "\n";
    // One write a line: a reader never sees half of one, and a killed lab loses none.
    if (::write(file_, text.data(), text.size()) < 0) std::perror("lab: log");
}

}  // namespace lab
