#include "collector/debug/window.hpp"

#include <doctest/doctest.h>

#include <thread>

using collector::Window;
using collector::WindowEnd;
using collector::WindowGoal;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

/// Waits for the window to close by itself.
void wait_until_closed(const Window& window) {
    while (window.is_open()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a window closes when new SAs stand at every watched endpoint, not before") {
    Window window(hours{1}, milliseconds{0}, {0, 1}, {});
    window.tunnel_is_up(0);
    CHECK(window.is_open());
    CHECK_FALSE(window.is_reached());
    window.tunnel_is_up(1);
    wait_until_closed(window);
    CHECK(window.end() == WindowEnd::settled);
}

TEST_CASE("the time to settle never keeps a window open beyond its limit") {
    const auto opened = std::chrono::steady_clock::now();
    Window window(milliseconds{200}, hours{1}, {0}, {});
    window.tunnel_is_up(0);
    while (window.end() == WindowEnd::open && std::chrono::steady_clock::now() - opened < std::chrono::seconds{20})
        std::this_thread::yield();
    CHECK(window.end() == WindowEnd::settled);
}

TEST_CASE("a window for replies is closed by an answer, not by SAs that stand") {
    Window window(hours{1}, milliseconds{0}, {0, 1}, {}, WindowGoal::replies);
    window.tunnel_is_up(0);
    window.tunnel_is_up(1);
    CHECK(window.is_open());
    CHECK_FALSE(window.is_reached());
    window.traffic_is_answered();
    wait_until_closed(window);
    CHECK(window.end() == WindowEnd::settled);
}

TEST_CASE("a guard that fires at the very moment the time is up is not lost") {
    // It was: the capture said `truncated` by a guard that the end of the window knew nothing of.
    for (const WindowEnd first : {WindowEnd::limit, WindowEnd::settled}) {
        Window window(hours{1}, milliseconds{0}, {0}, {});
        window.close(first);
        window.guard("hq: CPU at 97 %");
        CHECK(window.end() == WindowEnd::guard);
        CHECK(window.guard_reason() == "hq: CPU at 97 %");
    }
}

TEST_CASE("the first of two guards is the one that is named, and an interrupt stays an interrupt") {
    Window window(hours{1}, milliseconds{0}, {0}, {});
    window.guard("hq: the first");
    window.guard("branch: the second");
    CHECK(window.guard_reason() == "hq: the first");
    window.close(WindowEnd::limit);
    CHECK(window.end() == WindowEnd::guard);

    std::stop_source interrupt;
    Window interrupted(hours{1}, milliseconds{0}, {0}, interrupt.get_token());
    interrupt.request_stop();
    wait_until_closed(interrupted);
    interrupted.guard("too late");
    CHECK(interrupted.end() == WindowEnd::interrupted);
    CHECK(interrupted.guard_reason().empty());
}
