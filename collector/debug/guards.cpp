#include "collector/debug/guards.hpp"

namespace collector {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_lines_a_second = 500;
constexpr unsigned most_busy_seconds = 3;
constexpr unsigned alarming_cpu = 95;
constexpr auto slow_answer = 3s;
constexpr unsigned most_in_a_row = 2;

}  // namespace

std::optional<std::string> StreamGuard::heard(std::uint64_t lines, bool full, Time now) {
    if (full) return "the byte limit of " + std::to_string(byte_limit_) + " was reached";
    if (!second_began_) {
        second_began_ = now;
        lines_then_ = lines;
    }
    const std::chrono::duration<double> passed = now - *second_began_;
    if (passed < 1s) return std::nullopt;
    const double rate = static_cast<double>(lines - lines_then_) / passed.count();
    second_began_ = now;
    lines_then_ = lines;
    // A reading over several seconds stands for all of them.
    busy_seconds_ =
        rate > static_cast<double>(most_lines_a_second) ? busy_seconds_ + static_cast<unsigned>(passed.count()) : 0;
    if (busy_seconds_ < most_busy_seconds) return std::nullopt;
    return std::to_string(static_cast<std::uint64_t>(rate)) + " debug lines a second, the limit is " +
           std::to_string(most_lines_a_second);
}

std::optional<std::string> LoadGuard::read_cpu(unsigned percent) {
    high_readings_ = percent >= cpu_limit_ ? high_readings_ + 1 : 0;
    if (percent < alarming_cpu && high_readings_ < most_in_a_row) return std::nullopt;
    return "CPU at " + std::to_string(percent) + " %, the limit is " + std::to_string(cpu_limit_) + " %";
}

std::optional<std::string> LoadGuard::waited(std::chrono::milliseconds latency) {
    slow_answers_ = latency > slow_answer ? slow_answers_ + 1 : 0;
    if (slow_answers_ < most_in_a_row) return std::nullopt;
    return "the device took " + std::to_string(latency.count()) + " ms to answer on an idle session";
}

}  // namespace collector
