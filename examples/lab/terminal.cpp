#include "examples/lab/terminal.hpp"

#include <array>

namespace lab {
namespace {

constexpr char control_c = 0x03;
/// Asynchronous text goes out in pieces of this size, so that an echo can fall into the middle of a
/// line.
constexpr std::size_t piece = 700;

}  // namespace

void Terminal::put(std::string_view text) { send(to_wire(text)); }

void Terminal::send(std::string_view bytes) {
    if (over_) return;
    int drip = 0;
    {
        const std::lock_guard lock(world_.mutex);
        if (session_->ended || session_->half_open) return;
        if (device_.faults().on("drip")) drip = device_.faults().number("drip", 20);
    }
    if (!one_byte_ && drip == 0) {
        if (!stream_.write(bytes)) over_ = true;
        return;
    }
    for (std::size_t i = 0; i < bytes.size() && !over_; ++i) {
        if (!stream_.write(bytes.substr(i, 1))) over_ = true;
        if (drip > 0) {
            const auto limit =
                std::chrono::duration_cast<std::chrono::milliseconds>(world_.clockwork.scaled(Milliseconds(drip)));
            take_input(std::max(limit, std::chrono::milliseconds(1)));
        }
    }
}

void Terminal::pump(std::chrono::milliseconds limit) {
    std::string printed;
    bool more = false, half_open = false;
    {
        const std::lock_guard lock(world_.mutex);
        if (session_->ended) over_ = true;
        half_open = session_->half_open;
        printed = session_->outbox.substr(0, piece);
        session_->outbox.erase(0, piece);
        more = !session_->outbox.empty();
    }
    if (over_) return;
    if (half_open) return stall();
    if (!printed.empty()) send(printed);
    if (more || !printed.empty()) limit = std::chrono::milliseconds(0);
    take_input(limit);
}

void Terminal::take_input(std::chrono::milliseconds limit) {
    if (input_ended_) return stream_.sleep(limit);
    std::array<char, 512> input{};
    const auto count = stream_.read_some(input, limit);
    if (count < 0) input_ended_ = true;
    if (count <= 0) return;
    {
        const std::lock_guard lock(world_.mutex);
        session_->last_input = Clock::now();
    }
    for (long n = 0; n < count; ++n) {
        const char c = input[static_cast<std::size_t>(n)];
        if (c == control_c) {
            typed_.clear();
            break_ = true;
        } else {
            typed_.push_back(c);
        }
    }
}

std::optional<char> Terminal::key() {
    while (typed_.empty() && !over_ && !break_) {
        pump(std::chrono::milliseconds(1000));
        if (typed_.empty() && input_ended_) over_ = true;
    }
    if (break_ || typed_.empty()) return std::nullopt;
    const char c = typed_.front();
    typed_.pop_front();
    return c;
}

bool Terminal::wait(Clock::duration time) {
    const auto end = Clock::now() + time;
    for (;;) {
        if (over_ || break_) return false;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0) return true;
        pump(left);
    }
}

bool Terminal::broken_off() {
    const bool broken = break_;
    break_ = false;
    return broken;
}

void Terminal::stall() {
    {
        const std::lock_guard lock(world_.mutex);
        if (!session_->half_open) device_.log(session_.get(), "stall");
    }
    for (;;) {
        bool half_open = false;
        {
            const std::lock_guard lock(world_.mutex);
            if (session_->ended) over_ = true;
            half_open = session_->half_open;
            session_->outbox.clear();
        }
        if (over_) return;
        if (half_open) {
            stream_.sleep(std::chrono::milliseconds(-1));
        } else {
            std::array<char, 512> input{};
            if (stream_.read_some(input, std::chrono::milliseconds(1000)) < 0) over_ = true;
        }
    }
}

void Terminal::drop(const std::string& reason) {
    const std::lock_guard lock(world_.mutex);
    device_.hang_up(*session_, reason, true);
    over_ = true;
}

}  // namespace lab
