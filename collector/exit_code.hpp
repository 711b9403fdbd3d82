#pragma once
// The documented exit codes (contract, section 9). Precedence when several apply: 6, 5, 130, 4, 3, 0.

namespace collector {

enum class ExitCode : int {
    complete = 0,         ///< complete bundle, verified; or nothing wrong was found
    internal = 1,         ///< a defect of this program
    usage = 2,            ///< bad usage or incident file, or consent missing; nothing was contacted
    incomplete = 3,       ///< bundle written; what is missing is listed in it
    no_endpoint = 4,      ///< no endpoint could be used; no bundle
    not_written = 5,      ///< bundle not written or not valid; the spool is kept and named
    still_debugging = 6,  ///< a device may still be debugging: named, with the lines to type
    interrupted = 130,    ///< interrupted; debugs off
};

}  // namespace collector
