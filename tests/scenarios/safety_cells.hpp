#pragma once
// Many runs of the real program, each against a lab of its own, several at a time; and what must hold at the
// end of each, whatever befell it. Failures are sentences, gathered and shown by the test.

#include <functional>
#include <string>
#include <vector>

#include "scenarios/stage.hpp"

namespace stage {

/// What `judge` says against each cell; empty: it passed. At most `most` at a time.
std::vector<std::string> run_cells(std::size_t cells, std::size_t most,
                                   const std::function<std::string(std::size_t)>& judge);

/// Cells at a time: TACBUNDLE_CELLS, else six for each processor; they wait more than they work.
std::size_t cells_at_a_time();

/// TACBUNDLE_SAMPLE is set: every fault once, every step once, a part of the repetitions. For slow builds.
bool is_sample();

/// Polls `condition` until it holds; false when `limit` has passed.
bool comes_true(std::chrono::milliseconds limit, const std::function<bool()>& condition);

/// The window is open: before it each end asked once for its SAs, and what asks again is the window.
bool both_poll(const Lab& lab);

/// Nobody but strangers debugs, and no condition of ours is set: as before the run.
std::string debugs_left_on(const Lab& lab);
/// Ours, beyond two at a time on one device, or one that is still there.
std::string sessions_beyond_two(const Lab& lab);
/// What `tacbundle verify` says against the bundle.
std::string invalid_bundle(const Run& run, const Incident& incident);
/// Captures that are not whole and not explained, or planned and not listed.
std::string unexplained(const Run& run);
/// The outcome of one capture, by the manifest.
std::string outcome_of(const Run& run, const std::string& endpoint, const std::string& capture);
/// Secrets in any file of the run, its state folder included.
std::string secrets_left(const Incident& incident);
/// What the events say, of a run with --json on a terminal, and the terminal does not show: captures apart, and what is of
/// the moment only.
std::string missing_on_terminal(const Run& run);
/// Files in the state folder with this prefix.
std::vector<fs::path> state_files(const Incident& incident, const std::string& prefix);

/// The children of a process, by /proc.
std::vector<int> children_of(int pid);
/// Ended, or a zombie that only init can collect.
bool is_gone(int pid);

}  // namespace stage
