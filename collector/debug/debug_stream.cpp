#include "collector/debug/debug_stream.hpp"

#include <array>

#include "collector/debug/undoing.hpp"

namespace collector {

using formats::Result;

namespace {

constexpr milliseconds one_key{2'000};
/// Undo lines by the beginning of their ids, in the order in which they are due: a condition that went before
/// its debugs would open the stream to all peers.
constexpr std::array<std::string_view, 3> undo_order{"disarm/", "condition-off", "screen-off"};

}  // namespace

Result<void> DebugStream::disarm(const Patience& patience) {
    auto off = is_following() ? stop_following(patience) : Undoing(session_, owed_).undo(patience);
    if (off) armed_ = false;
    return off;
}

/// A shell obeys the next line when the one before has ended: its answer is the proof.
Result<void> DebugStream::stop_following(const Patience& patience) {
    if (auto stopped = session_.shell().stop_command(patience.at_most(one_key)); !stopped) return stopped;
    return session_.see_fence(patience);
}

void DebugStream::take_as_proven(const std::string& how) {
    owed_.prove("", how);
    armed_ = false;
}

std::vector<std::string> DebugStream::on_lines() const {
    std::vector<std::string> lines;
    for (const UndoEntry& entry : owed())
        if (entry.undo_id.starts_with("disarm/")) lines.push_back(entry.line);
    return lines;
}

std::vector<std::string> DebugStream::off_lines() const {
    std::vector<std::string> lines;
    const auto& configuration = session_.plan().profile().configuration;
    if (session_.needs_configuration()) lines.push_back(configuration.enter);
    for (const std::string_view due : undo_order)
        for (auto entry = owed().rbegin(); entry != owed().rend(); ++entry)
            if (entry->undo_id.starts_with(due)) lines.push_back(entry->undo);
    if (session_.needs_configuration()) lines.push_back(configuration.leave);
    return lines;
}

}  // namespace collector
