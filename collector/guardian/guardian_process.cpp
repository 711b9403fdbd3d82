#include "collector/guardian/guardian_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <set>
#include <vector>

#include "collector/debug/undo.hpp"
#include "collector/package.hpp"
#include "collector/session/login.hpp"

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

/// What is known of one endpoint, and what is owed there.
struct Ward {
    std::string profile, session, user;
    Secret password, enable;
    bool known = false;
    std::vector<UndoEntry> owed;
};

/// On stderr, whatever stands at its end: a terminal stopped with Ctrl-S or a full pipe must not hold us up.
void say_aloud(const std::string& text) {
    struct Saying {
        std::string text;
        std::atomic<bool> done{false};
    };
    const auto saying = std::make_shared<Saying>();
    saying->text = "tacbundle guardian: " + text + "\n";
    std::thread([saying] {
        [[maybe_unused]] const int failed = formats::write_all(STDERR_FILENO, saying->text);
        saying->done = true;
        saying->done.notify_all();
    }).detach();
    const Patience patience = Patience::within(longest_saying);
    while (!saying->done && !patience.is_over()) (void)wait_for(-1, patience.at_most(milliseconds{5}));
}

class GuardianProcess {
 public:
    GuardianProcess(const GuardianOrder& order, int socket, int run)
        : order_(order), socket_(socket), run_(run), timer_(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
          wards_(order.plan->incident().endpoints.size()) {}

    void live() {
        become_a_process_apart();
        while (stand_by()) {
        }
        if (dismissed_) return;
        end_the_run();
        undo_everything();
    }

 private:
    void become_a_process_apart() {
        ::setsid();
        ::prctl(PR_SET_NAME, "tac-guardian");
        for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP, SIGTERM, SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
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
        if (fds[0].revents != 0 || fds[1].revents != 0) return false;
        late_ = fds[2].revents != 0;
        return !late_;
    }

    bool take_message() {
        std::string bytes(longest_message, '\0');
        const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (n <= 0) return n < 0 && errno == EINTR;
        bytes.resize(static_cast<std::size_t>(n));
        Message message(std::move(bytes));
        obey(message);
        ::send(socket_, &acknowledged, 1, MSG_NOSIGNAL);
        return !dismissed_;
    }

    void obey(Message& message) {
        switch (message.word()) {
            case Word::endpoint: {
                const auto index = message.next_number();
                if (index >= wards_.size()) return;
                Ward& ward = wards_[index];
                ward.profile = message.next();
                ward.session = message.next();
                ward.user = message.next();
                ward.password = Secret(std::string(message.next()));
                ward.enable = Secret(std::string(message.next()));
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
                for (Ward& ward : wards_) std::erase_if(ward.owed, [&](const UndoEntry& entry) { return entry.number == number; });
                return;
            }
            case Word::until: return set_time(message.next_number());
            case Word::learned:
                while (message.has_more()) {
                    const auto secret_class = static_cast<formats::SecretClass>(message.next_number());
                    order_.redaction->learn(message.next(), secret_class);
                }
                return;
            case Word::dismissed: dismissed_ = true; return;
        }
    }

    void set_time(std::uint64_t until) {
        itimerspec alarm{};
        if (until > 0) {
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
        Credentials credentials = Credentials::accepted(name(index), no_terminal, *order_.redaction, ward.password.copy(), ward.enable.copy());
        const LoginSettings login{formats::HostKeyPolicy::strict, order_.ssh_folder, &no_terminal};
        const auto& spec = order_.plan->incident().endpoints[index];
        TakeBackOrder order{*plan, ward.owed, ward.session, ward.user, {}, nullptr};
        order.log_in = [&](const Patience& patience) -> Result<std::unique_ptr<Shell>> {
            if (spec.one_time_password) return Error{ErrorKind::login, name(index), "its password works once, so there is no second login", {}};
            const Patience turn = patience.at_most(one_login);
            auto session = open_session(spec, {plan, 1}, credentials, login, turn);
            if (!session) return session.error();
            if (auto ready = make_ready(*session->shell, *plan, credentials, turn); !ready) return ready.error();
            return std::move(session->shell);
        };
        TakenBack taken = take_back(std::move(order), Patience::within(whole_undo));
        if (taken.session)
            if (const auto leave = plan->line("leave")) taken.session->leave(*leave, Patience::within(milliseconds{1'000}));
        taken.session.reset();
        credentials.wipe();
        return taken;
    }

    void undo_everything() {
        std::vector<std::size_t> owing;
        for (std::size_t i = 0; i < wards_.size(); ++i)
            if (!wards_[i].owed.empty()) owing.push_back(i);
        if (!owing.empty()) {
            std::string names;
            for (const std::size_t i : owing) names += (names.empty() ? "" : ", ") + name(i);
            note(std::string("the run ") + (late_ ? "hung and was ended" : "died") + "; turning its debugs off at " + names);
        }
        std::vector<TakenBack> taken(wards_.size());
        {
            std::vector<std::jthread> threads;
            threads.reserve(owing.size());
            for (const std::size_t i : owing) threads.emplace_back([&, i] { taken[i] = undo(i); });
            sweep_spool();
        }
        bool all = true;
        for (const std::size_t i : owing) {
            if (taken[i].proven) {
                for (const UndoEntry& entry : wards_[i].owed) order_.journal->prove(entry.number, "by the guardian: " + taken[i].how);
                note(name(i) + ": debugs are off and proven: " + taken[i].how);
                if (taken[i].entered_configuration) note(name(i) + ": " + not_compared);
                continue;
            }
            all = false;
            const EndpointPlan* plan = plan_of(i);
            std::string advice = name(i) + " MAY STILL BE DEBUGGING (" + taken[i].how + "): run `tacbundle cleanup " + order_.journal->path() +
                                 "`, or log in and type:\n" + lines_by_hand(wards_[i].owed, plan != nullptr ? *plan : order_.plan->candidates(i).front());
            advice.pop_back();  // its last line break
            note(advice);
        }
        for (Ward& ward : wards_) {
            ward.password.wipe();
            ward.enable.wipe();
        }
        if (!kept_spool_.empty()) say_aloud("what was captured is kept: run `tacbundle recover " + kept_spool_ + "`");
        // It knows of no entry of its own: closing it removes it.
        if (all)
            if (auto closed = order_.journal->close(); !closed) say_aloud(closed.error().message());
    }

    void sweep_spool() {
        auto spool = formats::Spool::open(order_.spool);
        if (!spool) return;  // the run had packed and removed it
        kept_spool_ = order_.spool;
        if (auto swept = sweep(*spool, *order_.redaction); !swept) return note("the spool is not swept: " + swept.error().message());
        if (auto marked = spool->mark(formats::spool_mark::swept); !marked) note(marked.error().message());
    }

    const GuardianOrder& order_;
    int socket_, run_, timer_;
    std::vector<Ward> wards_;
    std::string kept_spool_;
    bool dismissed_ = false, late_ = false;
};

}  // namespace

void guard_run(const GuardianOrder& order, int socket, int run) {
    int code = 0;
    try {
        GuardianProcess(order, socket, run).live();
    } catch (const std::exception& error) {
        code = 1;
        say_aloud(std::string("failed: ") + error.what());
    }
    // Nothing of the run's is flushed or destroyed twice.
    ::_exit(code);
}

}  // namespace collector
