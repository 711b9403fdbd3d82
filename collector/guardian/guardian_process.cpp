#include "collector/guardian/guardian_process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

#include "collector/debug/undo.hpp"
#include "collector/session/login.hpp"
#include "formats/assembly/assembly.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

/// The run's own watch closes the window at the armed-until time; what is not off so much later never will be.
constexpr std::uint64_t grace_ms = 5'000;
constexpr milliseconds whole_undo{90'000};
constexpr milliseconds one_login{20'000};
constexpr milliseconds longest_saying{500};
/// What a run may still take that can tell nothing any more, where no time is set.
constexpr std::uint64_t time_of_a_deaf_run_ms = 600'000;

/// What is known of one endpoint, and what is owed there.
struct Ward {
    std::string profile;
    formats::SessionMark arming;
    Secret password, enable;
    SshWay way;
    bool known = false;
    std::vector<UndoEntry> owed;
};

/// On stderr, whatever stands at its end: a terminal stopped with Ctrl-S or a full pipe must not hold us up. What is
/// ready takes a piece of this size at once.
constexpr std::size_t piece = 256;

void write_if_taken(std::string_view text, const Patience& patience) {
    while (!text.empty()) {
        const auto ready = wait_for(STDERR_FILENO, patience, true);
        if (!ready || *ready != Ready::ready) return;
        const ssize_t n = ::write(STDERR_FILENO, text.data(), std::min(text.size(), piece));
        if (n < 0 && errno != EINTR && errno != EAGAIN) return;
        if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
}

void say_aloud(std::string_view text) {
    const Patience patience = Patience::within(longest_saying);
    for (const std::string_view part : {std::string_view("tacbundle guardian: "), text, std::string_view("\n")})
        write_if_taken(part, patience);
}

/// Had now, and given back to this process alone: what the undo will need is not asked of the system at that moment.
/// False when it cannot be had.
bool reserve_memory(std::size_t endpoints) {
    constexpr int for_one = 1 << 20, at_least = 4 << 20, at_most = 24 << 20;
    const int size = std::min(at_most, at_least + for_one * static_cast<int>(std::min<std::size_t>(endpoints, 64)));
    // One heap for all threads, which neither shrinks nor leaves large blocks to mmap(). An allocator that stands in for
    // glibc's, as that of a sanitizer does, takes none of these and keeps what is freed by its own rules.
    for (const auto& [setting, value] :
         {std::pair{M_ARENA_MAX, 1}, {M_TRIM_THRESHOLD, 2 * at_most}, {M_MMAP_THRESHOLD, at_most + 1}})
        [[maybe_unused]] const int taken = ::mallopt(setting, value);
    void* const room = std::malloc(static_cast<std::size_t>(size));
    if (room == nullptr) return false;
    std::memset(room, 1, static_cast<std::size_t>(size));
    std::free(room);
    return true;
}

class GuardianProcess {
 public:
    GuardianProcess(const GuardianOrder& order, int socket, int run)
        : order_(order),
          socket_(socket),
          run_(run),
          timer_(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
          wards_(order.plan->incident().endpoints.size()) {}

    /// Whether nothing is owed any more.
    bool live() {
        become_a_process_apart();
        if (!reserve_memory(wards_.size())) return false;
        while (stand_by()) {
        }
        if (dismissed_) return true;
        end_the_run();
        return undo_everything();
    }

 private:
    void become_a_process_apart() {
        ::setsid();
        ::prctl(PR_SET_NAME, "tac-guardian");
        for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP, SIGTERM, SIGPIPE, SIGXFSZ})
            ::signal(signal, SIG_IGN);
        const int nothing = ::open("/dev/null", O_RDWR);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(nothing, STDOUT_FILENO);  // whoever reads the result waits for its end
        // Also the fd:N of a secret.
        const std::set<int> kept{socket_, run_, timer_, order_.journal->descriptor(), order_.spool_lock};
        unsigned first = STDERR_FILENO + 1;
        for (const int fd : kept) {
            if (fd < static_cast<int>(first)) continue;
            if (fd > static_cast<int>(first)) ::syscall(SYS_close_range, first, fd - 1, 0);
            first = static_cast<unsigned>(fd) + 1;
        }
        ::syscall(SYS_close_range, first, ~0U, 0);
        for (const auto& endpoint : order_.plan->incident().endpoints)
            for (const auto* source : {&endpoint.password_from, &endpoint.enable_from})
                if (source->kind == formats::SecretSource::Kind::environment) {
                    if (char* value = std::getenv(source->value.c_str())) ::explicit_bzero(value, std::strlen(value));
                    ::unsetenv(source->value.c_str());
                }
    }

    /// False when it is time to act, or to go.
    bool stand_by() {
        std::array<pollfd, 3> fds{{{socket_, POLLIN, 0}, {run_, POLLIN, 0}, {timer_, POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), -1) < 0) return true;
        if ((fds[0].revents & POLLIN) != 0) return take_message();
        if (fds[1].revents != 0) return false;
        if (fds[0].revents != 0) lose_the_socket();
        late_ = fds[2].revents != 0;
        // A run that lives and owes nothing is not ended for having lost us.
        dismissed_ = late_ && socket_ < 0 && owes_nothing();
        return !late_;
    }

    /// A closed socket is no dead run: whoever acts beside a run that lives ends its sessions. Its pidfd tells, and its
    /// time, which it cannot make longer any more.
    void lose_the_socket() {
        socket_ = -1;
        if (!has_time_) set_time(boot_time_ms() + time_of_a_deaf_run_ms);
    }

    bool owes_nothing() const {
        return std::all_of(wards_.begin(), wards_.end(), [](const Ward& ward) { return ward.owed.empty(); });
    }

    bool take_message() {
        std::string bytes(longest_message, '\0');
        const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (n < 0 && errno == EINTR) return true;
        if (n <= 0) {
            lose_the_socket();
            return true;
        }
        bytes.resize(static_cast<std::size_t>(n));
        Message message(std::move(bytes));
        obey(message);
        ::send(socket_, &acknowledged, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        return !dismissed_ && !takes_over_;
    }

    void obey(Message& message) {
        switch (message.word()) {
            case Word::endpoint: {
                const auto index = message.next_number();
                if (index >= wards_.size()) return;
                Ward& ward = wards_[index];
                ward.profile = message.next();
                ward.arming.number = message.next();
                ward.arming.user = message.next();
                ward.arming.client = message.next();
                ward.password = Secret(std::string(message.next()));
                ward.enable = Secret(std::string(message.next()));
                ward.way = next_way(message);
                ward.known = true;
                return;
            }
            case Word::owed: {
                const auto index = message.next_number();
                if (index >= wards_.size()) return;
                UndoEntry entry;
                entry.number = static_cast<unsigned>(message.next_number());
                entry.endpoint = order_.plan->incident().endpoints[index].name;
                entry.scope = message.next() == "session" ? UndoEntry::Scope::session : UndoEntry::Scope::device;
                entry.undo_id = message.next();
                entry.peer_address = message.next();
                entry.line = message.next();
                entry.undo = message.next();
                wards_[index].owed.push_back(std::move(entry));
                return;
            }
            case Word::proven: {
                const auto number = message.next_number();
                for (Ward& ward : wards_)
                    std::erase_if(ward.owed, [&](const UndoEntry& entry) { return entry.number == number; });
                return;
            }
            case Word::until: return set_time(message.next_number());
            case Word::learned:
                while (message.has_more()) {
                    const auto secret_class = static_cast<formats::SecretClass>(message.next_number());
                    order_.redaction->learn(message.next(), secret_class);
                }
                return;
            case Word::are_you_there: return;
            case Word::dismissed: dismissed_ = true; return;
            case Word::take_over: takes_over_ = true; return;
        }
    }

    void set_time(std::uint64_t until) {
        itimerspec alarm{};
        has_time_ = until > 0;
        if (has_time_) {
            alarm.it_value.tv_sec = static_cast<time_t>((until + grace_ms) / 1000);
            alarm.it_value.tv_nsec = static_cast<long>((until + grace_ms) % 1000) * 1'000'000;
        } else {
            for (Ward& ward : wards_) {
                ward.password.wipe();
                ward.enable.wipe();
            }
        }
        ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &alarm, nullptr);
    }

    /// A hung run must not wake up later and act beside us. Its sessions end with it.
    void end_the_run() {
        if (!late_) return;
        ::syscall(SYS_pidfd_send_signal, run_, SIGKILL, nullptr, 0);
        (void)wait_for(run_, Patience::within(milliseconds{5'000}));
    }

    void note(const std::string& text) {
        // The journal lies on a disk that may be full; stderr is told the same.
        [[maybe_unused]] const auto written = order_.journal->say(text);
        say_aloud(text);
    }

    std::string name(std::size_t index) const { return order_.plan->incident().endpoints[index].name; }

    /// Null before the platform was told.
    const EndpointPlan* plan_of(std::size_t index) const {
        for (const EndpointPlan& candidate : order_.plan->candidates(index))
            if (candidate.profile().name == wards_[index].profile) return &candidate;
        return nullptr;
    }

    TakenBack undo(std::size_t index) {
        const Ward& ward = wards_[index];
        const EndpointPlan* plan = plan_of(index);
        if (plan == nullptr || !ward.known) return {false, "it is not known how to log in", nullptr};
        Terminal no_terminal(false);
        Credentials credentials = Credentials::accepted(name(index), no_terminal, *order_.redaction,
                                                        ward.password.copy(), ward.enable.copy());
        const LoginSettings login{formats::HostKeyPolicy::strict, order_.ssh_folder, &no_terminal, &ward.way};
        const auto& spec = order_.plan->incident().endpoints[index];
        TakeBackOrder order{*plan, ward.owed, ward.arming, {}, nullptr};
        order.log_in = [&](const Patience& patience) -> Result<std::unique_ptr<Shell>> {
            if (spec.one_time_password)
                return Error{ErrorKind::login, name(index), "its password works once, so there is no second login", {}};
            const Patience turn = patience.at_most(one_login);
            auto session = open_session(spec, {plan, 1}, credentials, login, turn);
            if (!session) return session.error();
            if (auto ready = make_ready(*session->shell, *plan, credentials, turn); !ready) return ready.error();
            return std::move(session->shell);
        };
        TakenBack taken = take_back(std::move(order), Patience::within(whole_undo));
        if (taken.session)
            if (const auto leave = plan->line("leave"))
                taken.session->leave(*leave, Patience::within(milliseconds{1'000}));
        taken.session.reset();
        credentials.wipe();
        return taken;
    }

    /// What it fails with is a reason like any other.
    TakenBack try_to_undo(std::size_t index) noexcept {
        try {
            return undo(index);
        } catch (const std::exception& error) {
            TakenBack failed;
            failed.how = error.what();
            return failed;
        }
    }

    /// In parallel as far as threads can be had; the others one after the other, and the spool meanwhile.
    std::vector<TakenBack> undo_at(const std::vector<std::size_t>& owing) {
        std::vector<TakenBack> taken(wards_.size());
        std::vector<std::jthread> threads;
        threads.reserve(owing.size());
        std::size_t next = 0;
        try {
            for (; next + 1 < owing.size(); ++next)
                threads.emplace_back([&, i = owing[next]] { taken[i] = try_to_undo(i); });
        } catch (const std::exception&) {
            // The rest is done here.
        }
        for (; next < owing.size(); ++next) taken[owing[next]] = try_to_undo(owing[next]);
        threads.clear();
        return taken;
    }

    std::string why_it_acts() const {
        return takes_over_ ? "the run cannot go on" : late_ ? "the run hung and was ended" : "the run died";
    }

    bool undo_everything() {
        std::vector<std::size_t> owing;
        for (std::size_t i = 0; i < wards_.size(); ++i)
            if (!wards_[i].owed.empty()) owing.push_back(i);
        if (!owing.empty()) {
            std::string names;
            for (const std::size_t i : owing) names += (names.empty() ? "" : ", ") + name(i);
            note(why_it_acts() + "; turning its debugs off at " + names);
        }
        std::vector<TakenBack> taken = undo_at(owing);
        bool all = true;
        for (const std::size_t i : owing) {
            if (taken[i].proven) {
                for (const UndoEntry& entry : wards_[i].owed)
                    order_.journal->prove(entry.number, "by the guardian: " + taken[i].how);
                note(name(i) + ": debugs are off and proven: " + taken[i].how);
                if (taken[i].entered_configuration) note(name(i) + ": " + not_compared);
                continue;
            }
            all = false;
            const EndpointPlan* plan = plan_of(i);
            std::string advice =
                name(i) + " MAY STILL BE DEBUGGING (" + taken[i].how + "): run `tacbundle cleanup " +
                order_.journal->path() + "`, or log in and type:\n" +
                lines_by_hand(wards_[i].owed, plan != nullptr ? *plan : order_.plan->candidates(i).front());
            advice.pop_back();  // its last line break
            note(advice);
        }
        for (Ward& ward : wards_) {
            ward.password.wipe();
            ward.enable.wipe();
        }
        sweep_spool(all && !owing.empty());
        if (!kept_spool_.empty()) say_aloud("what was captured is kept: run `tacbundle recover " + kept_spool_ + "`");
        // It knows of no entry of its own: closing it removes it.
        if (all)
            if (auto closed = order_.journal->close(); !closed) say_aloud(closed.error().message());
        return all;
    }

    void sweep_spool(bool proven) {
        auto spool = formats::Spool::open(order_.spool);
        if (!spool) return;  // the run had packed and removed it
        if (spool->read(std::string(formats::member::manifest))) kept_spool_ = order_.spool;  // else nothing was begun
        // For `recover`: the journal goes, and its absence alone would prove nothing.
        if (proven)
            if (auto marked = spool->mark(formats::spool_mark::proven); !marked) note(marked.error().message());
        if (auto swept = formats::sweep(*spool, *order_.redaction); !swept)
            return note("the spool is not swept: " + swept.error().message());
        if (auto marked = spool->mark(formats::spool_mark::swept); !marked) note(marked.error().message());
    }

    const GuardianOrder& order_;
    int socket_, run_, timer_;
    std::vector<Ward> wards_;
    std::string kept_spool_;
    bool dismissed_ = false, late_ = false, takes_over_ = false;
    bool has_time_ = false;  ///< an end is set to what is armed
};

}  // namespace

void guard_run(const GuardianOrder& order, int socket, int run) {
    int code = 1;
    try {
        if (GuardianProcess(order, socket, run).live()) code = 0;
    } catch (const std::exception& error) {
        say_aloud(error.what());
        say_aloud("it failed: what it owes stands in the journal, for `tacbundle cleanup`:");
        say_aloud(order.journal->path());
    }
    // Nothing of the run's is flushed or destroyed twice.
    ::_exit(code);
}

}  // namespace collector
