#include "collector/guardian/guardian.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "collector/guardian/guardian_process.hpp"
#include "collector/system/patience.hpp"

namespace collector {

using formats::Descriptor;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr milliseconds answer_limit{5'000};
constexpr milliseconds farewell_limit{2'000};
/// What is armed stays on without a guardian for no longer than this and answer_limit.
constexpr milliseconds ask_every{1'000};
/// Endpoints one after the other, where no thread can be had, and the sweep.
constexpr milliseconds longest_take_over{600'000};
/// Literals in one message, bytes; a literal is at most 4 KiB more.
constexpr std::size_t enough_at_once = std::size_t{8} << 10;

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

Error no_guardian(std::string detail) {
    return {ErrorKind::internal, "guardian", std::move(detail), "nothing is armed without it"};
}

}  // namespace

Guardian::Guardian(const GuardianOrder& order, Descriptor socket, Descriptor process, pid_t pid)
    : plan_(*order.plan),
      redaction_(order.redaction),
      journal_(*order.journal),
      socket_(std::move(socket)),
      process_(std::move(process)),
      timer_(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
      pid_(pid) {}

Result<std::unique_ptr<Guardian>> Guardian::start(const GuardianOrder& order) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return formats::system_error("guardian", "making a socket pair", errno);
    Descriptor ours(pair[0]), its(pair[1]);
    Descriptor run(open_pidfd(::getpid()));
    if (!run) return formats::system_error("guardian", "opening a pidfd", errno);
    const pid_t pid = ::fork();
    if (pid < 0) return formats::system_error("guardian", "forking", errno);
    if (pid == 0) {
        // Its copy of our end would keep the socket open after we are gone.
        ::close(ours.release());
        guard_run(order, its.get(), run.get());
    }
    Descriptor process(open_pidfd(pid));
    if (!process) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return formats::system_error("guardian", "opening a pidfd", errno);
    }
    std::unique_ptr<Guardian> guardian(new Guardian(order, std::move(ours), std::move(process), pid));
    if (!guardian->timer_) return formats::system_error("guardian", "making a timer", errno);
    return guardian;
}

Guardian::~Guardian() {
    if (!leaving_) (void)take_over();
    stop_watching();
    (void)wait_until_gone(farewell_limit);
}

/// Its end is waited for so long; what is not gone then is killed.
bool Guardian::wait_until_gone(milliseconds limit) noexcept {
    if (!status_) {
        pollfd ended{process_.get(), POLLIN, 0};
        const auto deadline = std::chrono::steady_clock::now() + limit;
        int left = 0;
        do {
            left = static_cast<int>(
                std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()))
                    .count());
        } while (::poll(&ended, 1, left) < 0 && errno == EINTR);
        if (ended.revents == 0) ::kill(pid_, SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        status_ = status;
    }
    return WIFEXITED(*status_) && WEXITSTATUS(*status_) == 0;
}

void Guardian::watch() {
    watcher_ = std::jthread([this](const std::stop_token& end) { watch_until(end); });
}

void Guardian::watch_until(const std::stop_token& end) {
    const StopEvent stop(end);
    for (;;) {
        std::array<pollfd, 3> fds{{{stop.fd(), POLLIN, 0}, {process_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}}};
        const int ready = ::poll(fds.data(), fds.size(),
                                 stop.fd() >= 0 ? static_cast<int>(ask_every.count()) : stop.longest_wait_ms());
        if (ready < 0 && errno != EINTR) return raise_alarm("it cannot be watched");
        if (stop.is_stopped()) return;
        if (fds[1].revents != 0) return raise_alarm("the guardian process has died");
        if (fds[2].revents != 0) {
            std::uint64_t ticks = 0;
            if (::read(timer_.get(), &ticks, sizeof ticks) == sizeof ticks)
                raise_alarm("its time was over; the machine may have slept");
        }
        if (ready == 0 && armed_ && !tell(Message(Word::are_you_there))) return;
    }
}

void Guardian::stop_watching() noexcept {
    if (!watcher_.joinable()) return;
    watcher_.request_stop();
    watcher_.join();
}

void Guardian::give_reason(std::string reason) {
    const std::scoped_lock lock(alarm_mutex_);
    if (alarm_reason_.empty()) alarm_reason_ = std::move(reason);
}

void Guardian::raise_alarm(std::string reason) {
    give_reason(std::move(reason));
    alarm_.request_stop();
}

std::string Guardian::alarm_reason() const {
    const std::scoped_lock lock(alarm_mutex_);
    return alarm_reason_;
}

Result<void> Guardian::tell(const Message& message) {
    const std::scoped_lock lock(mutex_);
    return tell_locked(message.bytes());
}

Result<void> Guardian::tell_locked(std::string_view message) {
    if (!socket_) return no_guardian(leaving_ ? "it has been dismissed" : "it did not answer, and was ended");
    char answer = '\0';
    const bool sent = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                      static_cast<ssize_t>(message.size());
    const auto ready = sent ? wait_for(socket_.get(), Patience::within(answer_limit)) : Result<Ready>(Ready::timeout);
    const bool has_come = ready && *ready == Ready::ready;
    if (has_come && ::recv(socket_.get(), &answer, 1, MSG_DONTWAIT) == 1 && answer == acknowledged) return {};
    // Its end of the socket is closed by its death alone.
    put_an_end_to_it(has_come || !sent ? "the guardian process has died" : "the guardian process does not answer");
    return no_guardian("it does not answer");
}

/// It would wake up later and act beside the run, and an answer that comes late would be taken for that to the next
/// message.
void Guardian::put_an_end_to_it(std::string reason) {
    give_reason(std::move(reason));  // before its death is one
    ::kill(pid_, SIGKILL);
    socket_ = Descriptor();
    alarm_.request_stop();
}

Result<void> Guardian::entrust(std::size_t endpoint, const JournalEndpoint& facts, const Credentials& credentials,
                               const SshWay& way) {
    Message message(Word::endpoint);
    message.add(endpoint).add(facts.profile).add(facts.session).add(facts.user).add(facts.client);
    message.add(credentials.password_in_use()).add(credentials.enable_in_use());
    add_way(message, way);
    if (auto told = tell(message); !told) return told;
    return journal_.name_endpoint(facts);
}

Result<void> Guardian::name_endpoint(const JournalEndpoint& endpoint) { return journal_.name_endpoint(endpoint); }

Result<unsigned> Guardian::owe(UndoEntry entry) {
    std::size_t index = 0;
    const auto& endpoints = plan_.incident().endpoints;
    while (index < endpoints.size() && endpoints[index].name != entry.endpoint) ++index;
    auto number = journal_.owe(entry);
    if (!number) return number;
    Message message(Word::owed);
    message.add(index).add(*number).add(entry.scope == UndoEntry::Scope::session ? "session" : "device");
    message.add(entry.undo_id).add(entry.peer_address).add(entry.line).add(entry.undo);
    if (auto told = tell(message); !told) {
        journal_.prove(*number, "not sent: the guardian did not acknowledge it");
        return told.error();
    }
    return number;
}

void Guardian::prove(unsigned number, std::string_view how) {
    journal_.prove(number, how);
    // One that is gone undoes nothing; one that does not answer proves it once more.
    [[maybe_unused]] const auto told = tell(Message(Word::proven).add(number));
}

Result<void> Guardian::armed_for(milliseconds time) {
    const std::uint64_t until = boot_time_ms() + static_cast<std::uint64_t>(time.count());
    itimerspec alarm{};
    alarm.it_value.tv_sec = static_cast<time_t>(until / 1000);
    alarm.it_value.tv_nsec = static_cast<long>(until % 1000) * 1'000'000;
    if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr) != 0)
        return formats::system_error("guardian", "setting its time", errno);
    armed_ = true;
    return tell(Message(Word::until).add(until));
}

void Guardian::stand_down() {
    armed_ = false;
    const itimerspec never{};
    ::timerfd_settime(timer_.get(), 0, &never, nullptr);
    // One that is gone holds no credentials.
    [[maybe_unused]] const auto told = tell(Message(Word::until).add(0U));
}

void Guardian::share_learned() {
    const std::scoped_lock lock(mutex_);
    Message message(Word::learned);
    const auto send = [&] {
        // Without the guardian nobody sweeps: `recover` says so then.
        if (message.has_more()) [[maybe_unused]]
            const auto told = tell_locked(message.bytes());
        message = Message(Word::learned);
    };
    redaction_->each_learned(shared_, [&](std::string_view value, formats::SecretClass secret_class) {
        ++shared_;
        if (message.bytes().size() + value.size() > enough_at_once) send();
        message.add(static_cast<std::uint64_t>(secret_class)).add(value);
    });
    send();
}

void Guardian::dismiss() {
    if (leaving_) return;
    stop_watching();
    [[maybe_unused]] const auto told = tell(Message(Word::dismissed));
    leaving_ = true;
    socket_ = Descriptor();
}

bool Guardian::take_over() noexcept {
    if (!leaving_) {
        stop_watching();
        leaving_ = true;
        // No memory may be left for a Message; and a guardian that was stopped is needed now.
        ::kill(pid_, SIGCONT);
        constexpr char word = static_cast<char>(Word::take_over);
        if (socket_) (void)::send(socket_.get(), &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return wait_until_gone(longest_take_over);
}

}  // namespace collector
