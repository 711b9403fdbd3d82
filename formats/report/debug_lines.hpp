#pragma once
// The debug streams of all endpoints of a bundle as one, by time of arrival.
//
//   line = stamp " " text        stamp = "2026-11-25T19:24:51.123456Z"
//
// A line without a stamp belongs to the one before it. Streaming: one buffer for each endpoint,
// whatever the size of the files. One thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/result.hpp"

namespace formats {

/// The lines of one member. A line longer than 64 KiB comes in pieces.
class MemberLines {
 public:
    explicit MemberLines(SpoolReader reader) : reader_(std::move(reader)) {}
    /// The next line without its end, valid until the next call; nothing at the end of the member.
    Result<std::optional<std::string_view>> next();

 private:
    SpoolReader reader_;
    std::string held_;
    std::size_t begin_ = 0;
    bool at_end_ = false;
};

struct DebugLine {
    std::string_view stamp;  ///< empty when the stream began without one
    std::string_view text;
    std::size_t endpoint = 0;  ///< index in the manifest
    std::uint64_t line = 0;    ///< in its member, from 1
};

class DebugLines {
 public:
    /// Opens every debug member that the manifest names.
    static Result<DebugLines> open(const Manifest& manifest, const Spool& spool);
    /// The next line of all, valid until the next call; of equal stamps the earlier endpoint comes
    /// first.
    Result<std::optional<DebugLine>> next();

 private:
    struct Stream {
        MemberLines lines;
        std::size_t endpoint;
        std::uint64_t line = 0;
        std::string stamp, text;
        bool over = false;
    };
    static Result<void> advance(Stream& stream);

    std::vector<Stream> streams_;
    std::optional<std::size_t> given_;  ///< the stream whose line was returned last
};

}  // namespace formats
