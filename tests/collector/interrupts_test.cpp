#include "collector/system/interrupts.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "collector/system/patience.hpp"

using collector::Interrupts;
using collector::Patience;
using collector::Ready;
using std::chrono::seconds;

namespace {

/// True when stop is requested on the token within 5 s.
bool is_requested(const std::stop_token& token) {
    const collector::StopEvent event(token);
    const auto ready = collector::wait_for(event.fd(), Patience::within(seconds(5)));
    return ready && *ready == Ready::ready;
}

}  // namespace

TEST_CASE("the first signal asks for an orderly end, the second to leave") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(number);
        Interrupts interrupts;
        CHECK_FALSE(interrupts.orderly().stop_requested());
        ::kill(::getpid(), number);
        CHECK(is_requested(interrupts.orderly()));
        CHECK_FALSE(interrupts.leave_now().stop_requested());
        ::kill(::getpid(), SIGTERM);
        CHECK(is_requested(interrupts.leave_now()));
    }
}

TEST_CASE("it ends at once when no signal came, and gives mask and SIGPIPE back") {
    struct sigaction inherited {};
    ::sigaction(SIGPIPE, nullptr, &inherited);
    // What started the tests may ignore SIGPIPE, and that is inherited: both cases are set up here.
    for (const auto disposition : {SIG_DFL, SIG_IGN}) {
        CAPTURE(disposition == SIG_IGN);
        ::signal(SIGPIPE, disposition);
        sigset_t before;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
        const auto started = std::chrono::steady_clock::now();
        {
            const Interrupts interrupts;
            struct sigaction pipe {};
            ::sigaction(SIGPIPE, nullptr, &pipe);
            CHECK((pipe.sa_handler == SIG_IGN));
        }
        CHECK(std::chrono::steady_clock::now() - started < seconds(2));
        sigset_t after;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
            CHECK(sigismember(&before, number) == sigismember(&after, number));
        struct sigaction pipe {};
        ::sigaction(SIGPIPE, nullptr, &pipe);
        CHECK((pipe.sa_handler == disposition));
    }
    ::sigaction(SIGPIPE, &inherited, nullptr);
}

TEST_CASE("a hang-up that was ignored at the start stays ignored") {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGHUP, SIG_IGN);
        Interrupts interrupts;
        ::kill(::getpid(), SIGHUP);
        ::kill(::getpid(), SIGTERM);
        const bool once = is_requested(interrupts.orderly()) && !interrupts.leave_now().stop_requested();
        ::_exit(once ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}
