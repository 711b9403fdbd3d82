#include "collector/system/patience.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace collector {

StopEvent::StopEvent(std::stop_token token) : token_(std::move(token)), fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // Without a descriptor left, stop is still seen between two waits (is_stopped).
    if (fd_ >= 0) callback_.emplace(token_, Ring{fd_});
}

StopEvent::~StopEvent() {
    callback_.reset();
    if (fd_ >= 0) ::close(fd_);
}

void StopEvent::Ring::operator()() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

Patience::Patience(SteadyTime deadline, std::stop_token token) : deadline_(deadline) {
    if (token.stop_possible()) stop_ = std::make_shared<StopEvent>(std::move(token));
}

Patience Patience::within(milliseconds limit, std::stop_token token) {
    return {std::chrono::steady_clock::now() + limit, std::move(token)};
}

Patience Patience::at_most(milliseconds limit) const { return until(std::chrono::steady_clock::now() + limit); }

Patience Patience::until(SteadyTime time) const {
    Patience shorter = *this;
    shorter.deadline_ = std::min(deadline_, time);
    return shorter;
}

Patience Patience::longer_by(SteadyTime::duration answered_in) const {
    Patience longer = *this;
    longer.deadline_ = deadline_ + answered_in;
    return longer;
}

milliseconds Patience::remaining() const {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now());
    return std::max(left, milliseconds::zero());
}

formats::Result<Ready> wait_for(int fd, const Patience& patience, bool for_writing) {
    for (;;) {
        if (patience.is_stopped()) return Ready::stopped;
        std::array<pollfd, 2> fds{
            {{fd, static_cast<short>(for_writing ? POLLOUT : POLLIN), 0}, {patience.stop_fd(), POLLIN, 0}}};
        const auto left = std::min<milliseconds::rep>(patience.remaining().count(), INT_MAX);
        const int n = ::poll(fds.data(), patience.stop_fd() >= 0 ? 2 : 1, static_cast<int>(left));
        if (n < 0 && errno != EINTR) return formats::system_error("poll", "waiting", errno);
        if (n > 0 && fds[1].revents != 0) return Ready::stopped;
        if (n > 0) return Ready::ready;
        if (patience.is_over()) return Ready::timeout;
    }
}

}  // namespace collector
