#pragma once
// A process's descriptors, seen to before anything is contacted: the three that every program takes for granted, and
// room for a run's own. A run out of descriptors in a window could not even wait for an interrupt any more.

#include <cstddef>

#include "formats/result.hpp"

namespace collector {

/// Opens those of 0 to 2 that are closed: the next file or socket would become a standard stream. So that their use
/// stays an error, the input is opened for writing and the outputs for reading. First of all; ends the process when it
/// cannot be done.
void open_standard_streams();

/// Raises the soft limit on open files to what a run with so many endpoints may need. Error io when this process
/// is not allowed that many. Before any thread.
formats::Result<void> make_room_for_open_files(std::size_t endpoints);

}  // namespace collector
