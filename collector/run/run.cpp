#include "collector/run/run.hpp"

#include "collector/run/steps.hpp"

namespace collector {

RunResult collect_bundle(RunParts parts) {
    Steps run(parts);

    // 1. Log in to every endpoint at once, both sessions of each.
    run.log_in();

    // 2. Take the state before anything is touched; the configuration first, since it says where the tunnel is.
    run.read_before();

    // 3. Ask, before anything is armed, whether to go on without an end, and for whatever takes down more than the one
    //    tunnel.
    run.ask();

    // 4. Wait, where another organisation arms its end at an agreed time.
    run.wait_for_start();

    // 5. Arm. The end of this step is the barrier: no probe packet leaves before every reachable endpoint has proven
    //    that it is listening.
    run.arm();

    // 6. Record both ends while the probe brings the tunnel up.
    run.record();

    // 7. Reset, only when that is allowed and only while the tunnel is down, with the debugs still on.
    run.reset();

    // 8. Turn the debugs off and prove it. Never skipped, deaf to the interrupt and to the deadline.
    run.disarm();

    // 9. Take the state after, and leave.
    run.read_after();

    // 10. Account for every planned item, and pack.
    return run.finish();
}

}  // namespace collector
