#pragma once
// `tacbundle recover SPOOL`: a bundle from what a run that died had captured. What was planned and not
// reached is listed as such. When the guardian could not sweep the spool with all that the run had learned,
// the bundle is marked rules-only.

#include <string>

namespace collector {

struct RecoverRequest {
    std::string spool;  ///< empty: what there is, with its age
    std::string output = ".";
    bool json = false;
};

/// Exit code 3 when a bundle was written (it is never complete), 2 when this is no spool or its run still
/// lives, 5 when it could not be written. The spool is removed once its bundle is there.
int recover_command(const RecoverRequest& request);

}  // namespace collector
