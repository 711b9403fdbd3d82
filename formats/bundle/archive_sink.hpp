#pragma once
// Where libarchive's output goes: a file, with the places of a zip's headers remembered.
//
// Zip headers carry the time of day of the local zone, and libarchive asks localtime() for it: the
// same entry differs between time zones. Setting TZ is no way out in a program with threads. So the
// sink writes the DOS times again, in UTC, once the file is complete; the extended time stamps
// beside them are UTC already.
//
//   local header      "PK\3\4" .. +10 time(2) date(2)
//   central directory "PK\1\2" .. +12 time(2) date(2) .. +28 lengths of name, extra, comment (2
//   each) .. 46 bytes

#include <archive.h>

#include <cstdint>
#include <string>
#include <vector>

#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

class ArchiveSink {
 public:
    /// Does not own the descriptor.
    explicit ArchiveSink(int fd) : fd_(fd) {}

    /// libarchive's write callback; `sink` is an ArchiveSink. Never fails: libarchive 3.6 leaks its
    /// deflate state when a write inside a zip member does. Look at error() instead.
    static la_ssize_t write_block(archive* out, void* sink, const void* bytes, std::size_t size);

    void begin_entry() { entries_.push_back(position_); }  ///< the next bytes are an entry's header
    void begin_directory() { directory_ = position_; }     ///< what follows is the end of the archive
    /// Writes what is held back and, in a zip, the times.
    Result<void> finish(bool is_zip, UtcTime time);
    int error() const { return error_; }  ///< errno of the first write that failed; 0: none

 private:
    void flush();
    Result<void> write_zip_times(UtcTime time);

    int fd_;
    int error_ = 0;
    std::uint64_t position_ = 0, directory_ = 0;
    std::vector<std::uint64_t> entries_;
    std::string held_;
};

}  // namespace formats
