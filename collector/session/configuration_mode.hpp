#pragma once
// In and out of configuration mode, for the lines that some releases of PIX 6 take nowhere else [device facts, section
// 7.1]. Between the two only lines of the plan that may stand there can be sent, each typed and its echo compared
// before it is obeyed: the shell sees to that. Both work in a running debug stream, where prompts get lost; the lines
// that come meanwhile go to `sink`. Once begun, both are deaf to interrupts and deadlines, with a limit of their own.
//
// Threads: those of the shell.

#include "collector/plan.hpp"
#include "collector/session/shell.hpp"

namespace collector {

/// The plan may do so: the platform has the mode, and it was allowed on the command line.
bool may_configure(const EndpointPlan& plan);

/// Errors: interrupted (before it began), rejected (the device does not change to it), timeout, disconnected; after the
/// last two the session is closed.
formats::Result<void> enter_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink, const Patience& patience);
/// Sent once, since the same word logs out at the prompt it leads to. A session that is not seen to leave is closed, which leaves the mode as well; then, an error.
formats::Result<void> leave_configuration(Shell& shell, const EndpointPlan& plan, const TextSink& sink);

}  // namespace collector
