#include "collector/session/configuration_mode.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;
using Mode = formats::PromptMatch::Mode;

namespace {

constexpr milliseconds prompt_within{1'000};

/// Waits for a prompt of that mode; whether it came. A line of a stream may have taken it away: it is asked for again.
Result<bool> reach(Shell& shell, Mode wanted, const TextSink& sink, const Patience& patience) {
    for (;;) {
        const Patience turn = patience.at_most(prompt_within);
        do {
            auto heard = shell.listen(sink, turn);
            if (!heard && heard.error().kind != ErrorKind::timeout) return heard.error();
            if (shell.standing_mode() == wanted) return true;
        } while (!turn.is_over());
        if (patience.is_over()) return false;
        if (auto nudged = shell.nudge(patience); !nudged) return nudged.error();
    }
}

/// Sends the line and waits for the mode; whether it came. Deaf to interrupts: half way nobody knows where the next line
/// would be obeyed. A session whose mode is not known in the end is closed.
Result<bool> send_and_reach(Shell& shell, const EndpointPlan& plan, std::string_view id, Mode wanted,
                            const TextSink& sink) {
    const auto line = plan.line(id);
    if (!line) return line.error();
    const Patience patience = Patience::within(configuration_change_limit);
    const auto sent = shell.send(*line, sink, patience);
    auto reached = sent ? reach(shell, wanted, sink, patience) : Result<bool>(sent.error());
    if (!reached || (!*reached && !shell.standing_mode())) shell.close();
    return reached;
}

}  // namespace

bool may_configure(const EndpointPlan& plan) { return plan.find("configure") != nullptr; }

bool could_configure(const EndpointPlan& plan) {
    return !may_configure(plan) && !plan.profile().configuration.enter.empty() &&
           plan.find("leave-configuration") == nullptr;
}

Result<void> enter_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink,
                                 const Patience& patience) {
    if (patience.is_stopped() || patience.is_over())
        return Error{
            ErrorKind::interrupted, plan.endpoint(), "the run was over before configuration mode was entered", {}};
    shell.take_prompt();  // or it would pass for the answer
    const auto in = send_and_reach(shell, plan, "configure", Mode::configuration, sink);
    if (!in) return in.error();
    if (*in) return {};
    if (shell.standing_mode())
        return Error{ErrorKind::rejected, plan.endpoint(), "it does not change to configuration mode", {}};
    return Error{ErrorKind::prompt,
                 plan.endpoint(),
                 "no prompt after `" + plan.profile().configuration.enter + "`; the session was closed",
                 {}};
}

Result<void> leave_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink) {
    if (!shell.is_in_configuration()) return {};
    const auto out = send_and_reach(shell, plan, "configure/leave", Mode::enabled, sink);
    if (!out) return out.error();
    if (*out) return {};
    shell.close();
    return Error{
        ErrorKind::prompt, plan.endpoint(), "it was not seen to leave configuration mode; the session was closed", {}};
}

}  // namespace collector
