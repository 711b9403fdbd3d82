#pragma once
// Does something for every element at once, a thread each, and returns when all are done: the join is the
// barrier between two steps of a run. `most` bounds how many work at the same time.
//
// A thread's body must not throw; what escapes it ends the process, so bodies turn it into an Error.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace collector {

template <class Range, class Work>
void on_each(Range& range, std::size_t most, Work work) {
    std::vector<decltype(&*range.begin())> elements;
    elements.reserve(std::size(range));
    for (auto& element : range) elements.push_back(&element);
    if (elements.empty()) return;
    std::atomic<std::size_t> next{0};
    const auto work_off = [&] {
        for (std::size_t i = next++; i < elements.size(); i = next++) work(*elements[i]);
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(std::max<std::size_t>(most, 1), elements.size()); ++i) threads.emplace_back(work_off);
}

}  // namespace collector
