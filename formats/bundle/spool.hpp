#pragma once
// The spool: where the members of a bundle lie, redacted, while a run lives (contract, section 8).
//
//   $XDG_STATE_HOME/tacbundle/spool-RUN/   0700
//     endpoints/NAME/before/write-terminal.txt ...   0600, the paths of the bundle
//
// Only RedactedText can be written. Disk full and the like come back as Error{io} from the write that met
// it; what was written before stays.
//
// Threads: file() may be called from any thread; one SpoolFile belongs to one thread at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/redaction/redacted_text.hpp"
#include "formats/result.hpp"

namespace formats {

class SpoolFile {
 public:
    SpoolFile(SpoolFile&&) noexcept;
    SpoolFile& operator=(SpoolFile&&) noexcept;
    ~SpoolFile();

    Result<void> append(const RedactedText& text);
    /// Flushes and closes; the file is final. A failed close is a failed write.
    Result<void> close();

    const std::string& member() const { return member_; }  ///< path inside the bundle's top folder
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t lines() const { return lines_; }

 private:
    friend class Spool;
    SpoolFile(std::string member, std::filesystem::path path, int fd);

    std::string member_;
    std::filesystem::path path_;
    int fd_ = -1;
    std::uint64_t bytes_ = 0;
    std::uint64_t lines_ = 0;
};

class Spool {
 public:
    /// Makes the folder (and its parents, 0700). It must not exist.
    static Result<Spool> create(const std::filesystem::path& folder);

    /// A new, empty member. A path that is absolute, has "..", or exists already is an error.
    Result<SpoolFile> file(const std::string& member);
    /// Writes a whole member at once.
    Result<void> write(const std::string& member, const RedactedText& text);
    /// Replaces a member's text: quarantine, or a sweep with literals learned later.
    Result<void> replace(const std::string& member, const RedactedText& text);
    /// The paths of all members, sorted bytewise.
    Result<std::vector<std::string>> members() const;

    const std::filesystem::path& folder() const { return folder_; }
    /// Unlinks everything below the folder and the folder.
    Result<void> remove();

 private:
    explicit Spool(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
};

}  // namespace formats
