#include "formats/bundle/archive_sink.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "formats/text/descriptor.hpp"

namespace formats {

namespace {

constexpr std::size_t most_held = 64 << 10;

/// Seconds in twos, minutes, hours; day, month, years since 1980: little-endian, time before date.
std::string dos_time(UtcTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    const int years = std::clamp(static_cast<int>(date.year()) - 1980, 0, 127);
    const auto low =
        static_cast<unsigned>(clock.seconds().count() / 2 | clock.minutes().count() << 5 | clock.hours().count() << 11);
    const unsigned high = static_cast<unsigned>(date.day()) | static_cast<unsigned>(date.month()) << 5 |
                          static_cast<unsigned>(years) << 9;
    return {static_cast<char>(low & 255U), static_cast<char>(low >> 8 & 255U), static_cast<char>(high & 255U),
            static_cast<char>(high >> 8 & 255U)};
}

bool write_at(int fd, std::uint64_t offset, std::string_view bytes) {
    return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes.size());
}

template <std::size_t size>
bool read_at(int fd, std::uint64_t offset, std::array<unsigned char, size>& bytes) {
    return ::pread(fd, bytes.data(), size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

bool is_record(const unsigned char* bytes, unsigned char kind, unsigned char subkind) {
    return bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == kind && bytes[3] == subkind;
}

}  // namespace

la_ssize_t ArchiveSink::write_block(archive*, void* sink, const void* bytes, std::size_t size) {
    auto& self = *static_cast<ArchiveSink*>(sink);
    self.position_ += size;
    if (self.error_ == 0) self.held_.append(static_cast<const char*>(bytes), size);
    if (self.held_.size() >= most_held) self.flush();
    return static_cast<la_ssize_t>(size);
}

void ArchiveSink::flush() {
    if (error_ == 0) error_ = write_all(fd_, held_);
    held_.clear();
}

Result<void> ArchiveSink::finish(bool is_zip, UtcTime time) {
    flush();
    if (error_ != 0) return system_error("archive", "writing", error_);
    return is_zip ? write_zip_times(time) : Result<void>{};
}

Result<void> ArchiveSink::write_zip_times(UtcTime time) {
    const std::string stamp = dos_time(time);
    const Error misplaced{ErrorKind::internal, "archive", "a zip header is not where it was written", {}};
    std::uint64_t place = directory_;
    for (const std::uint64_t entry : entries_) {
        std::array<unsigned char, 4> local{};
        std::array<unsigned char, 46> central{};
        if (!read_at(fd_, entry, local) || !is_record(local.data(), 3, 4)) return misplaced;
        if (!read_at(fd_, place, central) || !is_record(central.data(), 1, 2)) return misplaced;
        if (!write_at(fd_, entry + 10, stamp) || !write_at(fd_, place + 12, stamp))
            return system_error("archive", "writing", errno);
        const auto length = [&central](std::size_t at) {
            return static_cast<unsigned>(central[at] | central[at + 1] << 8);
        };
        place += central.size() + length(28) + length(30) + length(32);
    }
    return {};
}

}  // namespace formats
