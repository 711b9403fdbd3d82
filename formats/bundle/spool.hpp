#pragma once
// The spool: where the members of a bundle lie, redacted, while a run lives (contract, section 8).
//
//   $XDG_STATE_HOME/tacbundle/spool-RUN/   0700
//     endpoints/NAME/before/write-terminal.txt ...   0600, the paths of the bundle
//
// Only RedactedText can be written. Disk full and the like come back as Error{io} from the write that met
// it; what was written before stays. What append() took has reached the kernel, so that a killed run leaves it
// behind. A limit on file sizes (ulimit -f) comes back as an error only where SIGXFSZ is ignored.
//
// The exception: between hold() and release() appended text stays in memory. The rules clean a text by the
// literals that are known then; a key that another device shows a second later is none of them yet, and must not
// lie on the disk of a run that is killed meanwhile.
//
// Symbolic links inside the spool are never followed. Threads: file() may be called from any thread; one
// SpoolFile or SpoolReader belongs to one thread at a time; release() may run beside append().

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/redacted_text.hpp"
#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"

namespace formats {

class Redaction;

/// Empty files with a dot in front, beside the members.
namespace spool_mark {
inline constexpr const char* lock = ".lock";      ///< locked as long as a process of the run lives
inline constexpr const char* swept = ".swept";    ///< swept with all that was learned, after the run had died
inline constexpr const char* proven = ".proven";  ///< all that the run had armed was proven off, after it had died
}  // namespace spool_mark

/// What a spool is called while it is removed: whoever kills the process meanwhile, half of one is never taken for a
/// spool. A later run removes the rest.
inline constexpr std::string_view removed_prefix = ".removed-";

class HeldMembers;
class OpenMember;

class SpoolFile {
 public:
    Result<void> append(const RedactedText& text);
    /// Flushes and closes; the file is final. A failed close is a failed write. Of a member that is held in memory
    /// the write comes later, and so does its failure (Spool::release()).
    Result<void> close();

    const std::string& member() const;  ///< path inside the bundle's top folder
    std::uint64_t bytes() const;
    std::uint64_t lines() const;
    std::string sha256() const;  ///< of all that was appended; empty until it is closed

 private:
    friend class Spool;
    SpoolFile(std::shared_ptr<OpenMember> member, std::shared_ptr<HeldMembers> held);

    std::shared_ptr<OpenMember> member_;
    std::shared_ptr<HeldMembers> held_;
};

/// A member that was held in memory and could not be written.
struct UnwrittenMember {
    std::string member;
    Error error;
    bool is_there = false;  ///< a part of it is
};

/// Reads one member from its beginning.
class SpoolReader {
 public:
    /// The next bytes, valid until the next call; empty at the end.
    Result<std::string_view> read();
    std::uint64_t size() const { return size_; }  ///< of the member when it was opened

 private:
    friend class Spool;
    SpoolReader(std::string member, Descriptor fd, std::uint64_t size);

    std::string member_;
    Descriptor fd_;
    std::uint64_t size_ = 0;
    std::unique_ptr<char[]> buffer_;
};

class Spool {
 public:
    /// Makes the folder (and its parents, 0700). It must not exist.
    static Result<Spool> create(const std::filesystem::path& folder);
    /// One that an earlier run left behind.
    static Result<Spool> open(const std::filesystem::path& folder);

    /// A new, empty member. A path that is not one of a bundle (layout.hpp), or exists already, is an error.
    Result<SpoolFile> file(const std::string& member);
    /// Writes a whole member at once, also where others are held.
    Result<void> write(const std::string& member, const RedactedText& text);
    /// Replaces a member's text by what `fill` appends, all or nothing: a sweep with literals learned later.
    /// The old text can be read (read()) until it returns.
    Result<void> rewrite(const std::string& member, const std::function<Result<void>(SpoolFile&)>& fill);
    /// The same with one text: quarantine.
    Result<void> replace(const std::string& member, const RedactedText& text);
    /// Removes a member; one that is not there is no error.
    Result<void> drop(const std::string& member);
    Result<SpoolReader> read(const std::string& member) const;

    /// From now on new members are held in memory, as long as all together have at most `limit` bytes; when they have
    /// more, the longest goes to the disk. On its way there each text passes `redaction` once more.
    void hold(std::size_t limit, Redaction& redaction);
    /// Ends it: everything goes to the disk, searched for what was learned meanwhile.
    std::vector<UnwrittenMember> release();
    /// The paths of all members, sorted bytewise. Names with a dot in front (a lock) are no members.
    Result<std::vector<std::string>> members() const;

    /// Makes a mark, or finds it; the descriptor may be locked (flock).
    Result<Descriptor> mark(const char* name);
    bool has(const char* mark) const;

    const std::filesystem::path& folder() const { return folder_; }
    /// Unlinks everything below the folder and the folder, under another name (removed_prefix); the mark of the lock
    /// last.
    Result<void> remove();

 private:
    explicit Spool(std::filesystem::path folder);
    std::filesystem::path folder_;
    std::shared_ptr<const Descriptor> top_;  ///< the folder, kept open: a member is opened many times
    std::shared_ptr<HeldMembers> held_;      ///< shared with its open members
};

}  // namespace formats
