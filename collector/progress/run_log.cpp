#include "collector/progress/run_log.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <optional>

#include "collector/progress/screen_text.hpp"

namespace collector {

struct RunLog::Sink : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
    Sink(formats::SpoolFile into, std::shared_ptr<formats::Redaction> by)
        : file(std::move(into)), redaction(std::move(by)) {}

    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if (first_failure) return;
        if (auto written = file.append(redaction->redact({line.data(), line.size()})); !written)
            first_failure = written.error();
    }
    void flush_() override {}

    formats::SpoolFile file;
    std::shared_ptr<formats::Redaction> redaction;
    std::optional<formats::Error> first_failure;
};

struct RunLog::State {
    State(formats::SpoolFile file, std::shared_ptr<formats::Redaction> by)
        : redaction(std::move(by)),
          sink(std::make_shared<Sink>(std::move(file), redaction)),
          logger("collector", sink) {
        logger.set_level(spdlog::level::trace);
        logger.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%fZ %-7l %v",
                                                                         spdlog::pattern_time_type::utc, "\n"));
    }
    std::shared_ptr<formats::Redaction> redaction;
    std::shared_ptr<Sink> sink;
    spdlog::logger logger;
};

namespace {

spdlog::level::level_enum level_of(EventKind kind) {
    switch (kind) {
        case EventKind::warning:
        case EventKind::guard: return spdlog::level::warn;
        case EventKind::capture: return spdlog::level::debug;
        default: return spdlog::level::info;
    }
}

}  // namespace

RunLog::RunLog(formats::SpoolFile file, std::shared_ptr<formats::Redaction> redaction)
    : state_(std::make_unique<State>(std::move(file), std::move(redaction))) {}

RunLog::~RunLog() = default;

void RunLog::write(const Event& event, formats::UtcTime time) {
    // Redacted before the control characters are spelled out: a secret may hold one.
    const auto shown = [&](const std::string& text) { return neutralised(state_->redaction->for_bundle(text).str()); };
    // An endpoint's name holds no control character and, where addresses are masked, is none; the whole line is
    // searched for secrets once more.
    std::string line = event.endpoint.empty() ? "-" : event.endpoint;
    line.append(" ").append(name_of(event.kind)).append(": ").append(shown(event.text));
    const auto at = std::chrono::time_point_cast<spdlog::log_clock::duration>(time);
    state_->logger.log(at, spdlog::source_loc{}, level_of(event.kind), spdlog::string_view_t(line.data(), line.size()));
}

formats::Result<void> RunLog::close() {
    auto closed = state_->sink->file.close();
    if (state_->sink->first_failure) return *state_->sink->first_failure;
    return closed;
}

}  // namespace collector
