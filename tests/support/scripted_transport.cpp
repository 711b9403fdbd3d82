#include "support/scripted_transport.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

namespace support {

using formats::Error;
using formats::ErrorKind;

ScriptedTransport::ScriptedTransport(std::vector<Turn> turns, std::size_t read_size, std::shared_ptr<ScriptLog> log,
                                     bool ends)
    : turns_(turns.begin(), turns.end()), read_size_(read_size), log_(std::move(log)), ends_(ends) {
    if (turns_.empty()) return;
    pending_ = turns_.front().device_says;
    silence_ = turns_.front().silence;
}

void ScriptedTransport::next_turn() {
    turns_.pop_front();
    unwritten_.clear();
    if (turns_.empty()) return;
    pending_ += turns_.front().device_says;
    silence_ = turns_.front().silence;
}

formats::Result<std::size_t> ScriptedTransport::read_some(std::span<char> into, const collector::Patience& patience) {
    if (patience.is_stopped()) return Error{ErrorKind::interrupted, "script", "stopped", {}};
    if (!log_->endless.empty() && (pending_.empty() || endless_ != log_->cut)) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));  // a line has its speed
        const std::size_t end = endless_ < log_->cut ? log_->cut : log_->endless.size();
        const std::size_t n = std::min({read_size_, into.size(), end - endless_});
        std::copy_n(log_->endless.begin() + static_cast<std::ptrdiff_t>(endless_), n, into.begin());
        endless_ = (endless_ + n) % log_->endless.size();
        return n;
    }
    if (silence_.count() > 0) {
        const auto waited = patience.remaining();
        if (waited < silence_) {
            silence_ -= waited;
            return Error{ErrorKind::timeout, "script", "nothing yet", {}};
        }
        silence_ = {};
    }
    if (pending_.empty()) {
        const bool over = turns_.empty() || turns_.front().expects.empty();
        if (over && ends_) return Error{ErrorKind::disconnected, "script", "end of script", {}};
        return Error{ErrorKind::timeout, "script", "nothing more", {}};
    }
    const std::size_t n = std::min({read_size_, into.size(), pending_.size()});
    std::copy_n(pending_.begin(), n, into.begin());
    pending_.erase(0, n);
    return n;
}

formats::Result<void> ScriptedTransport::write(std::string_view bytes, const collector::Patience&) {
    log_->written += bytes;
    unwritten_ += bytes;
    if (log_->on_write) log_->on_write(bytes);
    if (turns_.empty() || !turns_.front().expects.starts_with(unwritten_)) {
        log_->surprises.emplace_back(bytes);
        return {};
    }
    if (unwritten_ == turns_.front().expects) next_turn();
    return {};
}

}  // namespace support
