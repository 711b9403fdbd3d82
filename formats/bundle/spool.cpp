#include "formats/bundle/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>

#include "formats/bundle/held_members.hpp"
#include "formats/record/layout.hpp"

namespace formats {

namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::size_t buffer_size = 64 << 10;
// Names with a dot in front are no members: a lock, or a replacement that a crash left
// half-written.
constexpr const char* replacement_prefix = ".new-";

/// Makes one folder with exactly 0700, whatever the umask. 0, or the errno.
int make_folder(int parent, const std::string& name) {
    if (::mkdirat(parent, name.c_str(), folder_mode) != 0) return errno;
    if (::fchmodat(parent, name.c_str(), folder_mode, 0) != 0) return errno;
    return 0;
}

struct Place {
    Descriptor folder;  ///< the member's own folder
    std::string name;
};

Error no_member(const std::string& path) { return {ErrorKind::io, path, "not a path of a bundle", {}}; }

/// Walks to a member's folder without following a link; makes folders on the way when `make` is
/// set.
Result<Place> walk(const std::filesystem::path& spool, const std::string& member, bool make) {
    if (!is_member_path(member)) return no_member(member);
    Place place{Descriptor(::open(spool.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC)), {}};
    if (!place.folder) return system_error(spool.string(), "opening the spool", errno);
    std::size_t begin = 0;
    for (std::size_t slash; (slash = member.find('/', begin)) != std::string::npos; begin = slash + 1) {
        const std::string name = member.substr(begin, slash - begin);
        const auto open_it = [&] {
            return Descriptor(
                ::openat(place.folder.get(), name.c_str(), O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC));
        };
        Descriptor next = open_it();
        // Nearly every folder is there: making it first would lock its parent for each member.
        if (!next && make && errno == ENOENT) {
            // Two threads may make the same folder: whoever comes second uses it.
            const int failed = make_folder(place.folder.get(), name);
            if (failed != 0 && failed != EEXIST) return system_error(member, "making its folder", failed);
            next = open_it();
        }
        if (!next) return system_error(member, "opening its folder", errno);
        place.folder = std::move(next);
    }
    place.name = member.substr(begin);
    return place;
}

/// Opens a member in one call, where the kernel has one that follows no link on the way (5.6). An errno that says
/// nothing of the member itself leaves it to walk().
Descriptor open_directly(const Descriptor& top, const std::string& member, int flags) {
    if (!top || !is_member_path(member)) return Descriptor();
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_NOFOLLOW | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? file_mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return Descriptor(static_cast<int>(::syscall(SYS_openat2, top.get(), member.c_str(), &how, sizeof how)));
}

struct Entry {
    int folder;          ///< what it stands in
    std::string name;    ///< there
    std::string path;    ///< from the spool's folder on
    unsigned char kind;  ///< DT_REG, DT_DIR, ...
};

/// Visits all that stands in the folder `name` of `parent`, what is in a folder before the folder itself. Links are not
/// followed. What a run makes is three deep.
Result<void> each_entry(int parent, const std::string& name, const std::string& path,
                        const std::function<Result<void>(const Entry&)>& visit) {
    constexpr auto deepest = 16;
    if (std::count(path.begin(), path.end(), '/') > deepest)
        return Error{ErrorKind::io, path, "not a folder of a bundle", {}};
    Descriptor folder(::openat(parent, name.c_str(), O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC));
    if (!folder) return system_error(path.empty() ? name : path, "opening the folder", errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(folder.get()), &::closedir);
    if (!stream) return system_error(path, "listing the folder", errno);
    const int here = folder.release();  // the stream's now
    while (true) {
        errno = 0;
        const dirent* const found = ::readdir(stream.get());
        if (found == nullptr && errno != 0) return system_error(path, "listing the folder", errno);
        if (found == nullptr) return {};
        Entry entry{here, found->d_name, path + found->d_name, found->d_type};
        if (entry.name == "." || entry.name == "..") continue;
        if (entry.kind == DT_UNKNOWN) {
            struct stat status {};
            if (::fstatat(here, found->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                return system_error(entry.path, "looking at it", errno);
            entry.kind = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
        }
        if (entry.kind == DT_DIR)
            if (auto visited = each_entry(here, entry.name, entry.path + "/", visit); !visited) return visited;
        if (auto visited = visit(entry); !visited) return visited;
    }
}

Result<Descriptor> create_file(const Place& place, const std::string& name, const std::string& subject) {
    Descriptor fd(
        ::openat(place.folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (!fd) return system_error(subject, "creating", errno);
    if (::fchmod(fd.get(), file_mode) != 0) return system_error(subject, "setting the mode", errno);
    return fd;
}

/// A new, empty one, 0600 whatever the umask.
Result<Descriptor> make_member(const Descriptor& top, const std::filesystem::path& spool, const std::string& member) {
    if (Descriptor fd = open_directly(top, member, O_WRONLY | O_CREAT | O_EXCL)) {
        if (::fchmod(fd.get(), file_mode) != 0) return system_error(member, "setting the mode", errno);
        return fd;
    }
    auto place = walk(spool, member, true);
    if (!place) return place.error();
    return create_file(*place, place->name, member);
}

}  // namespace

SpoolFile::SpoolFile(std::shared_ptr<OpenMember> member, std::shared_ptr<HeldMembers> held)
    : member_(std::move(member)), held_(std::move(held)) {}

Result<void> SpoolFile::append(const RedactedText& text) {
    const auto held = member_->append(text.str());
    if (!held) return held.error();
    held_->add(*held);
    return {};
}

Result<void> SpoolFile::close() { return member_->close(); }
const std::string& SpoolFile::member() const { return member_->path(); }
std::uint64_t SpoolFile::bytes() const { return member_->bytes(); }
std::uint64_t SpoolFile::lines() const { return member_->lines(); }
std::string SpoolFile::sha256() const { return member_->sha256(); }

SpoolReader::SpoolReader(std::string member, Descriptor fd, std::uint64_t size)
    : member_(std::move(member)), fd_(std::move(fd)), size_(size) {}

Result<std::string_view> SpoolReader::read() {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);  // most members are far shorter
    for (;;) {
        const ssize_t n = ::read(fd_.get(), buffer_.get(), buffer_size);
        if (n >= 0) return std::string_view(buffer_.get(), static_cast<std::size_t>(n));
        if (errno != EINTR) return system_error(member_, "reading", errno);
    }
}

Spool::Spool(std::filesystem::path folder)
    : folder_(std::move(folder)),
      top_(std::make_shared<Descriptor>(::open(folder_.c_str(), O_DIRECTORY | O_PATH | O_CLOEXEC))),
      held_(std::make_shared<HeldMembers>()) {}

Result<Spool> Spool::create(const std::filesystem::path& folder) {
    // Parents are made one by one: std::filesystem would give them the mode of the umask.
    std::filesystem::path whole = std::filesystem::absolute(folder).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // "spool/"
    std::filesystem::path parent;
    for (const auto& part : whole.parent_path()) {
        parent /= part;
        std::error_code ignored;  // a folder that cannot be looked at cannot be made either
        if (std::filesystem::is_directory(parent, ignored)) continue;
        const int failed = make_folder(AT_FDCWD, parent.string());
        if (failed != 0 && failed != EEXIST) return system_error(parent.string(), "making the folder", failed);
    }
    if (const int failed = make_folder(AT_FDCWD, whole.string()); failed != 0)
        return system_error(whole.string(), "making the spool", failed);
    return Spool(whole);
}

Result<Spool> Spool::open(const std::filesystem::path& folder) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) return system_error(folder.string(), "opening the spool", errno);
    if (!S_ISDIR(status.st_mode)) return system_error(folder.string(), "opening the spool", ENOTDIR);
    return Spool(std::filesystem::absolute(folder));
}

Result<SpoolFile> Spool::file(const std::string& member) {
    if (!is_member_path(member)) return no_member(member);
    const auto make = [top = top_, folder = folder_, member] { return make_member(*top, folder, member); };
    if (auto held = held_->open(member, make)) return SpoolFile(std::move(held), held_);
    auto fd = make();
    if (!fd) return fd.error();
    return SpoolFile(std::make_shared<OpenMember>(member, std::move(*fd)), held_);
}

Result<void> Spool::write(const std::string& member, const RedactedText& text) {
    auto fd = make_member(*top_, folder_, member);
    if (!fd) return fd.error();
    if (const int failed = write_all(fd->get(), text.str()); failed != 0)
        return system_error(member, "writing", failed);
    return fd->close(member);
}

void Spool::hold(std::size_t limit, Redaction& redaction) { held_->hold(limit, redaction); }

std::vector<UnwrittenMember> Spool::release() { return held_->release(); }

Result<void> Spool::rewrite(const std::string& member, const std::function<Result<void>(SpoolFile&)>& fill) {
    auto place = walk(folder_, member, false);
    if (!place) return place.error();
    const int folder = place->folder.get();
    if (::faccessat(folder, place->name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return system_error(member, "replacing", errno);
    const std::string fresh = replacement_prefix + place->name;
    // One that an interrupted rewrite left behind.
    if (::unlinkat(folder, fresh.c_str(), 0) != 0 && errno != ENOENT) return system_error(member, "replacing", errno);
    auto fd = create_file(*place, fresh, member);
    if (!fd) return fd.error();
    SpoolFile file(std::make_shared<OpenMember>(member, std::move(*fd)), held_);
    Result<void> written = fill(file);
    if (written) written = file.close();
    if (written && ::renameat(folder, fresh.c_str(), folder, place->name.c_str()) != 0)
        written = system_error(member, "replacing", errno);
    if (!written) ::unlinkat(folder, fresh.c_str(), 0);
    return written;
}

Result<void> Spool::replace(const std::string& member, const RedactedText& text) {
    return rewrite(member, [&](SpoolFile& file) { return file.append(text); });
}

Result<void> Spool::drop(const std::string& member) {
    auto place = walk(folder_, member, false);
    if (!place) return place.error();
    if (::unlinkat(place->folder.get(), place->name.c_str(), 0) != 0 && errno != ENOENT)
        return system_error(member, "removing", errno);
    return {};
}

Result<SpoolReader> Spool::read(const std::string& member) const {
    Descriptor fd = open_directly(*top_, member, O_RDONLY | O_NONBLOCK);
    if (!fd) {
        auto place = walk(folder_, member, false);
        if (!place) return place.error();
        fd = Descriptor(
            ::openat(place->folder.get(), place->name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    }
    if (!fd) return system_error(member, "opening", errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(member, "opening", errno);
    if (!S_ISREG(status.st_mode)) return Error{ErrorKind::io, member, "not a file", {}};
    return SpoolReader(member, std::move(fd), static_cast<std::uint64_t>(status.st_size));
}

Result<std::vector<std::string>> Spool::members() const {
    std::vector<std::string> paths;
    auto listed = each_entry(AT_FDCWD, folder_.string(), "", [&](const Entry& entry) -> Result<void> {
        if (entry.kind == DT_DIR || entry.name.front() == '.') return {};
        if (entry.kind != DT_REG || !is_member_path(entry.path))
            return Error{ErrorKind::io, entry.path, "not a member of a bundle", {}};
        paths.push_back(entry.path);
        return {};
    });
    if (!listed) return listed.error();
    std::sort(paths.begin(), paths.end());
    return paths;
}

Result<Descriptor> Spool::mark(const char* name) {
    const std::string path = folder_ / name;
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (!fd) return system_error(path, "making a mark", errno);
    return fd;
}

bool Spool::has(const char* mark) const {
    return ::faccessat(AT_FDCWD, (folder_ / mark).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<void> Spool::remove() {
    const std::string name = folder_.filename().string();
    if (!name.starts_with(removed_prefix)) {
        const auto removed = folder_.parent_path() / (std::string(removed_prefix) + name);
        if (::rename(folder_.c_str(), removed.c_str()) != 0) return system_error(folder_.string(), "removing", errno);
        folder_ = removed;
    }
    auto emptied = each_entry(AT_FDCWD, folder_.string(), "", [&](const Entry& entry) -> Result<void> {
        if (entry.path == spool_mark::lock) return {};
        // Unlinks links, never follows them. Two may remove what a third has left.
        if (::unlinkat(entry.folder, entry.name.c_str(), entry.kind == DT_DIR ? AT_REMOVEDIR : 0) == 0 ||
            errno == ENOENT)
            return {};
        return system_error((folder_ / entry.path).string(), "removing", errno);
    });
    if (emptied && ::unlink((folder_ / spool_mark::lock).c_str()) != 0 && errno != ENOENT)
        emptied = system_error(folder_.string(), "removing", errno);
    if (emptied && ::rmdir(folder_.c_str()) != 0 && errno != ENOENT)
        emptied = system_error(folder_.string(), "removing", errno);
    return emptied;
}

}  // namespace formats
