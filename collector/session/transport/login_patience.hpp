#pragma once
// A patience that stands still while a person answers.

#include <chrono>

#include "collector/system/patience.hpp"

namespace collector {

class LoginPatience {
 public:
    explicit LoginPatience(const Patience& patience) : patience_(patience) {}
    const Patience& now() const { return patience_; }
    /// How long a question may stay unanswered; the stop still ends it.
    Patience for_question() const {
        return patience_.longer_by(std::chrono::minutes(5)).at_most(std::chrono::minutes(5));
    }
    /// The result of `question`, whose time is given back.
    template <class Question>
    auto asking(Question question) {
        const auto start = std::chrono::steady_clock::now();
        auto answer = question();
        patience_ = patience_.longer_by(std::chrono::steady_clock::now() - start);
        return answer;
    }

 private:
    Patience patience_;
};

}  // namespace collector
