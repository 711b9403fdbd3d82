#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>  // mkostemps
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "formats/bundle/archive.hpp"
#include "formats/bundle/archive_sink.hpp"
#include "formats/bundle/verify.hpp"
#include "formats/text/descriptor.hpp"
#include "formats/text/sha256.hpp"

namespace formats {

namespace {

using Writing = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

/// manifest.xml and manifest.xsd first, so that a reader of the stream knows what will come.
std::vector<std::string> in_archive_order(std::vector<std::string> members) {
    const auto rank = [](const std::string& name) {
        return name == member::manifest ? 0 : name == member::schema ? 1 : 2;
    };
    std::sort(members.begin(), members.end(), [&rank](const std::string& a, const std::string& b) {
        return rank(a) != rank(b) ? rank(a) < rank(b) : a < b;
    });
    return members;
}

class ArchiveWriter {
 public:
    ArchiveWriter(const Spool& spool, const ArchiveOrder& order, ArchiveSink& sink)
        : spool_(spool), order_(order), sink_(sink) {}

    Result<void> write() {
        auto members = spool_.members();
        if (!members) return members.error();
        if (auto opened = open(); !opened) return opened;
        if (auto made = add_folder(order_.stem); !made) return made;
        for (const std::string& member : in_archive_order(std::move(*members))) {
            if (auto made = add_folders_of(member); !made) return made;
            if (auto added = add_member(member); !added) return added;
        }
        if (archive_write_finish_entry(out_.get()) != ARCHIVE_OK) return failed();
        sink_.begin_directory();
        if (archive_write_close(out_.get()) != ARCHIVE_OK) return failed();
        return sink_.finish(order_.format == ArchiveFormat::zip, order_.time);
    }

 private:
    Result<void> open() {
        archive* out = out_.get();
        int status = ARCHIVE_OK;
        const auto need = [&status](int next) { status = std::min(status, next); };
        switch (order_.format) {
            case ArchiveFormat::tar_gz:
                need(archive_write_add_filter_gzip(out));
                // Without this the header holds the time of writing.
                need(archive_write_set_filter_option(out, "gzip", "timestamp", nullptr));
                need(archive_write_set_format_pax_restricted(out));
                break;
            case ArchiveFormat::tar_zst:
                need(archive_write_add_filter_zstd(out));
                need(archive_write_set_format_pax_restricted(out));
                break;
            case ArchiveFormat::zip: need(archive_write_set_format_zip(out)); break;
        }
        // No blocking: the sink must see where an entry begins, and no padding goes behind the
        // archive.
        need(archive_write_set_bytes_per_block(out, 0));
        need(archive_write_open(out, &sink_, nullptr, &ArchiveSink::write_block, nullptr));
        if (status != ARCHIVE_OK) return failed();
        return {};
    }

    Entry entry_of(const std::string& path, unsigned type, mode_t mode) const {
        Entry entry(archive_entry_new(), &archive_entry_free);
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_set_filetype(entry.get(), type);
        archive_entry_set_perm(entry.get(), mode);
        archive_entry_set_uid(entry.get(), 0);
        archive_entry_set_gid(entry.get(), 0);
        const auto seconds = std::chrono::floor<std::chrono::seconds>(order_.time);
        archive_entry_set_mtime(entry.get(), seconds.time_since_epoch().count(), 0);
        return entry;
    }

    Result<void> begin(const Entry& entry) {
        if (sink_.error() != 0) return failed();
        // Ends the entry before this one, so that the sink's position is where this one begins.
        if (archive_write_finish_entry(out_.get()) < ARCHIVE_WARN) return failed();
        sink_.begin_entry();
        if (archive_write_header(out_.get(), entry.get()) != ARCHIVE_OK) return failed();
        return {};
    }

    Result<void> add_folder(const std::string& path) {
        const Entry entry = entry_of(path + "/", AE_IFDIR, 0700);
        archive_entry_set_size(entry.get(), 0);
        return begin(entry);
    }

    Result<void> add_folders_of(const std::string& member) {
        for (std::size_t slash = member.find('/'); slash != std::string::npos; slash = member.find('/', slash + 1)) {
            const std::string folder = member.substr(0, slash);
            if (!folders_.insert(folder).second) continue;
            if (auto made = add_folder(order_.stem + "/" + folder); !made) return made;
        }
        return {};
    }

    Result<void> add_member(const std::string& member) {
        auto text = spool_.read(member);
        if (!text) return text.error();
        const Entry entry = entry_of(order_.stem + "/" + member, AE_IFREG, 0600);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text->size()));
        if (auto begun = begin(entry); !begun) return begun;
        std::uint64_t written = 0;
        for (;;) {
            auto bytes = text->read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) break;
            written += bytes->size();
            if (written > text->size()) break;
            const auto n = archive_write_data(out_.get(), bytes->data(), bytes->size());
            if (n != static_cast<la_ssize_t>(bytes->size()) || sink_.error() != 0) return failed();
        }
        if (written != text->size()) return Error{ErrorKind::internal, member, "changed while it was packed", {}};
        return {};
    }

    Error failed() const {
        if (sink_.error() != 0) return system_error(order_.stem, "writing", sink_.error());
        const char* text = archive_error_string(out_.get());
        return {ErrorKind::io, order_.stem, std::string("writing: ") + (text != nullptr ? text : "unknown cause"), {}};
    }

    const Spool& spool_;
    const ArchiveOrder& order_;
    ArchiveSink& sink_;
    Writing out_{archive_write_new(), &archive_write_free};
    std::set<std::string> folders_;
};

/// The temporary file; unlinked unless it was given its final name.
class Temporary {
 public:
    static Result<Temporary> create(const std::filesystem::path& folder) {
        constexpr std::string_view suffix = ".partial";
        std::string path = (folder / (".tacbundle-XXXXXX" + std::string(suffix))).string();
        Descriptor fd(::mkostemps(path.data(), static_cast<int>(suffix.size()), O_CLOEXEC));
        if (!fd) return system_error(folder.string(), "making a file in the output folder", errno);
        Temporary temporary(std::move(path), std::move(fd));
        if (::fchmod(temporary.fd(), 0600) != 0) return system_error(temporary.path_, "setting the mode", errno);
        return temporary;
    }
    Temporary(Temporary&& other) noexcept : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    int fd() const { return fd_.get(); }
    const std::string& path() const { return path_; }
    Result<void> close() { return fd_.close(path_); }

    /// True when it has that name now, false when the name is taken.
    Result<bool> take_name(const std::string& name) {
        bool taken = ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0;
        if (!taken && (errno == EINVAL || errno == ENOSYS)) {
            // A file system without the flag (NFS): a second name, then without the first.
            taken = ::link(path_.c_str(), name.c_str()) == 0;
            if (taken) ::unlink(path_.c_str());
        }
        if (taken) path_.clear();
        if (!taken && errno != EEXIST) return system_error(name, "giving the archive its name", errno);
        return taken;
    }

 private:
    Temporary(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    std::string path_;
    Descriptor fd_;
};

Result<void> sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return system_error(folder.string(), "opening the folder", errno);
    // EINVAL: this file system cannot sync folders.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return system_error(folder.string(), "syncing", errno);
    return {};
}

Result<void> read_back(const std::string& path, const std::string& stem, const Redaction& redaction) {
    auto verdict = verify_bundle(path, redaction);
    if (!verdict) return verdict.error();
    if (verdict->valid()) return {};
    const std::string first = !verdict->problems.empty()
                                  ? verdict->problems.front()
                                  : verdict->leaks.front().file + ":" + std::to_string(verdict->leaks.front().line) +
                                        ": a secret (rule " + verdict->leaks.front().rule + ")";
    return Error{ErrorKind::invalid, stem, "the archive as written is not valid: " + first, {}};
}

Result<BundleFile> describe(const std::string& path) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error(path, "reading back", errno);
    BundleFile file;
    Sha256 digest;
    std::vector<char> block(64 << 10);
    for (;;) {
        const ssize_t n = ::read(fd.get(), block.data(), block.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error(path, "reading back", errno);
        if (n == 0) break;
        digest.update({block.data(), static_cast<std::size_t>(n)});
        file.bytes += static_cast<std::uint64_t>(n);
    }
    file.sha256 = digest.finish();
    return file;
}

/// The final path split before its extension, which "-2" goes in front of.
struct FinalName {
    std::filesystem::path folder;
    std::string stem, extension;
};

FinalName final_name(const ArchiveOrder& order) {
    const std::string known = "." + std::string(extension_of(order.format));
    const auto or_here = [](const std::filesystem::path& folder) {
        return folder.empty() ? std::filesystem::path(".") : folder;
    };
    if (order.exact_path.empty()) return {or_here(order.folder), order.stem, known};
    std::string name = order.exact_path.filename().string();
    const std::string extension = name.ends_with(known) ? known : order.exact_path.extension().string();
    name.resize(name.size() - extension.size());
    return {or_here(order.exact_path.parent_path()), name, extension};
}

}  // namespace

Result<BundleFile> write_archive(const Spool& spool, const ArchiveOrder& order,
                                 const std::shared_ptr<Redaction>& redaction) {
    const FinalName name = final_name(order);
    if (!is_member_name(order.stem))
        return Error{ErrorKind::internal, order.stem, "not a name of a folder in a bundle", {}};
    auto temporary = Temporary::create(name.folder);
    if (!temporary) return temporary.error();

    ArchiveSink sink(temporary->fd());
    if (auto written = ArchiveWriter(spool, order, sink).write(); !written) return written.error();
    if (::fsync(temporary->fd()) != 0) return system_error(temporary->path(), "syncing", errno);
    if (auto closed = temporary->close(); !closed) return closed.error();

    if (auto read = read_back(temporary->path(), order.stem, *redaction); !read) return read.error();
    auto file = describe(temporary->path());
    if (!file) return file.error();

    constexpr unsigned most_of_one_second = 10'000;
    for (unsigned number = 1; number <= most_of_one_second; ++number) {
        const std::string suffix = number == 1 ? "" : "-" + std::to_string(number);
        file->path = name.folder / (name.stem + suffix + name.extension);
        auto taken = temporary->take_name(file->path.string());
        if (!taken) return taken.error();
        if (!*taken) continue;
        if (auto synced = sync_folder(name.folder); !synced) {
            ::unlink(file->path.c_str());
            return synced.error();
        }
        return *file;
    }
    return Error{ErrorKind::io, name.stem, "every name up to -10000 is taken", {}};
}

}  // namespace formats
