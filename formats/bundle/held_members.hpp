#pragma once
// The members of a spool that are being written, and which of them are held in memory meanwhile. Internal to the
// spool.
//
// Any thread. Whoever holds the mutex of HeldMembers may take that of a member, never the other way round.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"
#include "formats/text/sha256.hpp"

namespace formats {

class OpenMember {
 public:
    /// Makes the file.
    using Make = std::function<Result<Descriptor>()>;

    OpenMember(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    /// One that is held: its file is made when its text goes to the disk.
    OpenMember(std::string path, Make make) : path_(std::move(path)), make_(std::move(make)), is_held_(true) {}

    /// How much of it stays in memory: all or nothing.
    Result<std::size_t> append(std::string_view text);
    Result<void> close();
    /// To the disk, through `stream`; what comes later goes there as well. A failure stays with the member.
    void write_out(Redactor stream);

    const std::string& path() const { return path_; }
    std::uint64_t bytes() const;
    std::uint64_t lines() const;
    std::string sha256() const;
    std::size_t in_memory() const;
    std::optional<UnwrittenMember> failure() const;

 private:
    Result<void> count_and_write(std::string_view text);
    Result<void> end();
    void count(std::string_view text);

    const std::string path_;
    mutable std::mutex mutex_;  ///< guards all below
    Descriptor fd_;
    Make make_;
    Sha256 digest_;
    std::string sha256_;
    std::uint64_t bytes_ = 0, lines_ = 0;
    std::vector<std::string> parts_;  ///< what is held
    bool is_held_ = false, is_closed_ = false, is_there_ = false;
    std::optional<Error> failure_;
};

class HeldMembers {
 public:
    void hold(std::size_t limit, Redaction& redaction);
    /// Null: nothing is held now.
    std::shared_ptr<OpenMember> open(const std::string& path, OpenMember::Make make);
    /// So much more is in memory now. Writes the longest ones out until all are within the limit.
    void add(std::size_t bytes);
    std::vector<UnwrittenMember> release();

 private:
    void write_out(OpenMember& member);

    std::atomic<std::size_t> used_{0}, limit_{0};
    std::mutex mutex_;                ///< guards all below
    Redaction* redaction_ = nullptr;  ///< null: nothing is held
    std::vector<std::shared_ptr<OpenMember>> members_;
};

}  // namespace formats
