#pragma once
// Room for a run's descriptors, made before anything is contacted: one that runs out in a window could not even
// wait for an interrupt any more.

#include <cstddef>

#include "formats/result.hpp"

namespace collector {

/// Raises the soft limit on open files to what a run with so many endpoints may need. Error io when this process
/// is not allowed that many. Before any thread.
formats::Result<void> make_room_for_open_files(std::size_t endpoints);

}  // namespace collector
