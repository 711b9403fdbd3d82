#pragma once
// The bytes of a tar, looked at for what is no part of a member.

#include <cstdint>
#include <string>
#include <string_view>

namespace formats {

class TarStream {
 public:
    /// The next bytes; false when there is something that no bundle holds: see problem().
    bool feed(std::string_view bytes);
    /// To be asked once all bytes were fed.
    bool finish();
    const std::string& problem() const { return problem_; }

 private:
    bool take_block();
    bool take_header();
    bool take_pax();
    bool refuse(std::string_view what);
    std::string_view field(std::size_t at, std::size_t size) const { return std::string_view(block_).substr(at, size); }

    std::string block_;           ///< of 512 bytes, as far as it came
    std::string pax_, pax_name_;  ///< the records, and the header's own name
    std::string long_path_;       ///< what the records say of the next entry
    std::string problem_;
    std::uint64_t content_ = 0, padding_ = 0;  ///< still to come of the entry
    std::size_t blocks_behind_ = 0;            ///< of zeros, at and behind the end
    bool in_pax_ = false;
};

}  // namespace formats
