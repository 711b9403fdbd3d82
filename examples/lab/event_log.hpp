#pragma once
// What happened in the lab, for tests to assert on: one JSON object a line, each written at once.
//   {"seq":12,"mono":1.204310,"utc":"2026-11-25T19:24:51.123456Z","side":"left","session":3,
//    "event":"line","text":"show version"}
// `mono` is seconds since the lab started; `session` is unique in one lab and missing where none is
// meant. Secrets that are typed are never written. Events: README.md beside this file.

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "examples/lab/json_object.hpp"
#include "formats/result.hpp"

namespace lab {

/// Any thread may write.
class EventLog {
 public:
    /// An empty path: nothing is kept.
    static formats::Result<void> open(EventLog& log, const std::string& path);
    EventLog() = default;
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    ~EventLog();

    void write(std::string_view side, int session, std::string_view event, const JsonObject& details = {});

 private:
    std::mutex mutex_;
    int file_ = -1;
    long sequence_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace lab
