// The threads of a run: every element once, as many at a time as asked for, the same threads again.

#include "collector/system/crew.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/sanitized.hpp"

using collector::Crew;

namespace {

struct Element {
    int times = 0;
    std::thread::id by;
};

// Whoever is in a step waits here for all the others of it: too few at a time would wait for ever.
std::set<std::thread::id> threads_of_a_step(Crew& crew, std::size_t count, std::size_t most) {
    std::vector<Element> elements(count);
    std::latch all_there(static_cast<std::ptrdiff_t>(count));
    crew.on_each(elements, most, [&](Element& element) {
        element.by = std::this_thread::get_id();
        all_there.arrive_and_wait();
    });
    std::set<std::thread::id> threads;
    for (const Element& element : elements) threads.insert(element.by);
    return threads;
}

}  // namespace

TEST_CASE("every element is worked on once, and all are done when the step is over") {
    Crew crew(3);
    for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 100U})
        for (const std::size_t most : {0U, 1U, 2U, 5U}) {
            CAPTURE(count);
            CAPTURE(most);
            std::vector<Element> elements(count);
            std::atomic<std::size_t> now{0}, peak{0};
            crew.on_each(elements, most, [&](Element& element) {
                const std::size_t here = ++now;
                for (std::size_t seen = peak; here > seen && !peak.compare_exchange_weak(seen, here);) continue;
                ++element.times;
                --now;
            });
            for (const Element& element : elements) CHECK(element.times == 1);
            CHECK(peak <= std::max<std::size_t>(most, 1));
        }
}

TEST_CASE("a step has as many threads at a time as it asks for, kept or not") {
    Crew crew(2);
    CHECK(threads_of_a_step(crew, 2, 2).size() == 2);
    CHECK(threads_of_a_step(crew, 7, 7).size() == 7);
    CHECK(threads_of_a_step(crew, 2, 2).size() == 2);
    Crew none(0);
    CHECK(threads_of_a_step(none, 3, 3).size() == 3);
}

TEST_CASE("whoever asks for a step is one of its threads") {
    for (const std::size_t kept : {0U, 1U, 4U}) {
        Crew crew(kept);
        for (const std::size_t count : {1U, 2U, 4U})
            CHECK(threads_of_a_step(crew, count, count).count(std::this_thread::get_id()) == 1);
    }
}

TEST_CASE("what escapes the work of one is thrown again when all are done") {
    for (const std::size_t kept : {0U, 1U, 8U})
        for (const std::size_t most : {1U, 3U}) {
            Crew crew(kept);
            std::vector<Element> elements(6);
            const auto work = [&](Element& element) {
                ++element.times;
                if (&element == &elements[1]) throw std::runtime_error("escaped");
            };
            CHECK_THROWS_AS(crew.on_each(elements, most, work), std::runtime_error);
            for (const Element& element : elements) CHECK(element.times == 1);
            // Nothing is left of it in the next step.
            CHECK_NOTHROW(crew.on_each(elements, most, [](Element&) {}));
        }
}

/// No further thread for this process; what a limit on processes or on memory does. Root is subject to the second only.
struct NoMoreThreads {
    NoMoreThreads() {
        REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlimit now{pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{1} << 20), before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_AS, &now) == 0);
    }
    ~NoMoreThreads() { ::setrlimit(RLIMIT_AS, &before); }
    rlimit before{};
};

TEST_CASE("a thread that cannot be had is done without, and cannot be reserved") {
    if (is_sanitized) {
        std::puts("NOT RUN: a thread that cannot be had: a sanitizer takes memory of its own for each");
        return;
    }
    // In a process of its own: stacks of threads that are gone are kept, and would do.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Crew kept(4), of_its_own(0), reserved(0);
        std::vector<Element> elements(9);
        const bool could_reserve = reserved.reserve(3);
        bool could_reserve_more = true;
        {
            const NoMoreThreads limit;
            could_reserve_more = reserved.reserve(64);
            for (Crew* crew : {&kept, &of_its_own, &reserved})
                crew->on_each(elements, elements.size(), [](Element& element) { ++element.times; });
        }
        int failed = could_reserve && !could_reserve_more ? 0 : 1;
        for (const Element& element : elements) failed += element.times == 3 ? 0 : 1;
        ::_exit(failed);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("threads that are reserved are there at the same time, whatever is kept") {
    Crew crew(1);
    REQUIRE(crew.reserve(5));
    const auto first = threads_of_a_step(crew, 5, 5);
    CHECK(first.size() == 5);
    CHECK(threads_of_a_step(crew, 5, 5) == first);
}

TEST_CASE("threads stay from step to step") {
    Crew crew(4);
    const auto first = threads_of_a_step(crew, 4, 4);
    CHECK(threads_of_a_step(crew, 4, 4) == first);
    for (const auto& again : threads_of_a_step(crew, 2, 2)) CHECK(first.count(again) == 1);
    crew.dismiss();
    CHECK(threads_of_a_step(crew, 3, 3).size() == 3);
}
