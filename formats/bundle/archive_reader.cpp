#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>

#include "formats/bundle/archive.hpp"
#include "formats/bundle/container.hpp"
#include "formats/text/descriptor.hpp"

namespace formats {

namespace {

constexpr std::size_t block_size = 64 << 10;
// Far above any bundle (200 endpoints with some 50 items each), far below what memory can hold.
constexpr std::size_t most_entries = 50'000, longest_path = 1024, most_bytes_of_names = std::size_t{4} << 20;
// Text of devices shrinks to a tenth or a fiftieth. What grows more is made to keep its reader busy.
constexpr std::uint64_t always_taken = std::uint64_t{256} << 20, most_growth = 200;

using Reading = std::unique_ptr<archive, decltype(&archive_read_free)>;

class ArchiveReader {
 public:
    ArchiveReader(const std::filesystem::path& path, std::uint64_t size, const OnMember& on_member)
        : subject_(path.string()), on_member_(on_member), left_(std::max(always_taken, size * most_growth)) {}

    Result<std::string> read(int fd) {
        // Only what write_archive() makes: every further format is one more parser for hostile
        // bytes.
        archive_read_support_filter_gzip(in_.get());
        archive_read_support_filter_zstd(in_.get());
        archive_read_support_format_tar(in_.get());
        // By its directory: the streaming reader takes a zip that was cut short behind a member.
        archive_read_support_format_zip_seekable(in_.get());
        if (archive_read_open_fd(in_.get(), fd, block_size) != ARCHIVE_OK) return failed();
        for (;;) {
            archive_entry* entry = nullptr;
            const int status = archive_read_next_header(in_.get(), &entry);
            if (status == ARCHIVE_EOF) break;
            if (status != ARCHIVE_OK) return failed();
            // One compression around a tar, none around a zip: the last "filter" is the file
            // itself.
            if (archive_filter_count(in_.get()) > 2) return invalid("compressed more than once");
            if (auto taken = take(entry); !taken) return taken.error();
        }
        if (members_.empty()) return invalid("no archive, or an empty one");
        for (const std::string& folder : folders_) {
            const auto first = members_.lower_bound(folder + "/");
            if (first == members_.end() || !first->starts_with(folder + "/"))
                return invalid("folder without members: " + folder);
        }
        return top_;
    }

 private:
    Result<void> take(archive_entry* entry) {
        const char* name = archive_entry_pathname(entry);
        if (name == nullptr) return invalid("a member without a readable name");
        std::string path = name;
        if (path.size() > longest_path) return invalid("a name that is longer than any of a bundle");
        bytes_of_names_ += path.size();
        if (bytes_of_names_ > most_bytes_of_names) return invalid("too many members");
        const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
        if (is_folder && path.ends_with('/')) path.pop_back();
        if (!is_member_path(path)) return invalid("a name that no bundle has");
        if (archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr)
            return invalid("a link: " + path);
        if (!is_folder && archive_entry_filetype(entry) != AE_IFREG)
            return invalid("neither a file nor a folder: " + path);
        if (archive_entry_is_encrypted(entry)) return invalid("encrypted: " + path);
        if (members_.size() + folders_.size() >= most_entries) return invalid("too many members");

        const std::size_t slash = path.find('/');
        const std::string top = path.substr(0, slash);
        if (top_.empty()) top_ = top;
        if (top != top_) return invalid("more than one top folder");
        if (slash == std::string::npos) {
            if (!is_folder) return invalid("a file beside the top folder: " + path);
            return {};
        }
        const std::string member = path.substr(slash + 1);
        if (!(is_folder ? folders_ : members_).insert(member).second) return invalid("stands there twice: " + member);
        if (is_folder) return {};
        // Whoever skips a member unpacks it all the same.
        size_ = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
        if (size_ > left_) return invalid("unpacked it is more than " + std::to_string(most_growth) + " times as long");
        left_ -= size_;
        offset_ = 0;
        return on_member_(member, [this] { return next_bytes(); });
    }

    Result<std::string_view> next_bytes() {
        for (;;) {
            const void* bytes = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            const int status = archive_read_data_block(in_.get(), &bytes, &size, &offset);
            if (status == ARCHIVE_EOF) return std::string_view();
            if (status != ARCHIVE_OK) return failed();
            // A hole: a few bytes could claim any number of zeros.
            if (offset != offset_) return invalid("a sparse member");
            offset_ += static_cast<la_int64_t>(size);
            if (static_cast<std::uint64_t>(offset_) > size_)
                return invalid("a member that is longer than its header says");
            if (size > 0) return std::string_view(static_cast<const char*>(bytes), size);
        }
    }

    Error invalid(const std::string& what) const { return {ErrorKind::invalid, subject_, what, {}}; }
    Error failed() const {
        const char* text = archive_error_string(in_.get());
        // libarchive gives the errno of a failed read(2), and its own codes (EFTYPE, -1, EINVAL,
        // ...) for bad data.
        const int code = archive_errno(in_.get());
        const bool is_io = code == EIO || code == EISDIR || code == EACCES || code == ENOMEM;
        return {is_io ? ErrorKind::io : ErrorKind::invalid,
                subject_,
                std::string("not a readable archive: ") + (text != nullptr ? text : "unknown cause"),
                {}};
    }

    std::string subject_, top_;
    const OnMember& on_member_;
    Reading in_{archive_read_new(), &archive_read_free};
    std::set<std::string> members_, folders_;
    la_int64_t offset_ = 0;
    std::size_t bytes_of_names_ = 0;
    std::uint64_t size_ = 0;  ///< of the member that is read
    std::uint64_t left_;      ///< how much more is unpacked at most
};

}  // namespace

Result<std::string> read_archive(const std::filesystem::path& path, const OnMember& on_member) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return system_error(path.string(), "opening", errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(path.string(), "opening", errno);
    if (!S_ISREG(status.st_mode)) return Error{ErrorKind::io, path.string(), "not a file", {}};
    auto top = ArchiveReader(path, static_cast<std::uint64_t>(status.st_size), on_member).read(fd.get());
    if (!top) return top;
    if (auto bare = check_container(fd.get(), path); !bare) return bare.error();
    return top;
}

}  // namespace formats
