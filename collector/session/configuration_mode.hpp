#pragma once
// In and out of configuration mode, for the lines that some releases of PIX 6 take nowhere else [device facts, section
// 7.1]. Between the two only lines of the plan that may stand there can be sent, each typed and its echo compared
// before it is obeyed: the shell sees to that. Both work in a running debug stream, where prompts get lost; the lines
// that come meanwhile go to `sink`. Once begun, both are deaf to interrupts and deadlines, with a limit of their own.
//
// A session whose mode is not known in the end is closed, and the mode goes with it. A console's would not: no plan for
// one has these lines.
//
// Threads: those of the shell.

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"

namespace collector {

/// The longest that one of the two takes.
inline constexpr milliseconds configuration_change_limit{10'000};

/// The plan may do so: the platform has the mode, and it was allowed on the command line.
bool may_configure(const EndpointPlan& plan);
/// Consent is all that is missing.
bool could_configure(const EndpointPlan& plan);

/// Errors: interrupted (it did not begin), rejected (the device does not change to it); after any other the session is
/// closed.
formats::Result<void> enter_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink,
                                          const Patience& patience);
/// Nothing is done in another mode. The line is sent once: the same word logs out at the prompt that it leads to. After
/// an error the session is closed.
formats::Result<void> leave_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink);

}  // namespace collector
