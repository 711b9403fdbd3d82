#include "collector/session/configuration_mode.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using Mode = formats::PromptMatch::Mode;

namespace {

constexpr milliseconds prompt_within{1'000};
constexpr int most_asked = 6;

/// Waits for a prompt of that mode; whether it came. A line of a stream may have taken it away: it is asked for again.
Result<bool> reach(Shell& shell, Mode wanted, const TextSink& sink, const Patience& patience) {
    for (int asked = 0; asked < most_asked; ++asked) {
        const Patience turn = patience.at_most(prompt_within);
        do {
            auto heard = shell.listen(sink, turn);
            if (!heard && heard.error().kind != ErrorKind::timeout) return heard.error();
            if (shell.standing_mode() == wanted) return true;
        } while (!turn.is_over());
        if (patience.is_over()) return false;
        if (auto nudged = shell.nudge(patience); !nudged) return nudged.error();
    }
    return false;
}

Result<bool> send_and_reach(Shell& shell, const EndpointPlan& plan, std::string_view id, Mode wanted, const TextSink& sink, const Patience& patience) {
    const auto line = plan.line(id);
    if (!line) return line.error();
    if (auto sent = shell.send(*line, sink, patience); !sent) return sent.error();
    return reach(shell, wanted, sink, patience);
}

}  // namespace

bool may_configure(const EndpointPlan& plan) { return plan.find("configure") != nullptr; }

Result<void> enter_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink, const Patience& patience) {
    const auto in = send_and_reach(shell, plan, "configure", Mode::configuration, sink, patience);
    if (!in) return in.error();
    if (!*in) return Error{ErrorKind::rejected, plan.endpoint(), "it does not change to configuration mode", {}};
    return {};
}

Result<void> leave_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink, const Patience& patience) {
    const auto out = send_and_reach(shell, plan, "configure/leave", Mode::enabled, sink, patience);
    if (out && *out) return {};
    shell.close();
    if (!out) return out.error();
    return Error{ErrorKind::prompt, plan.endpoint(), "it was not seen to leave configuration mode; the session was closed", {}};
}

}  // namespace collector
