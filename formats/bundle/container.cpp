#include "formats/bundle/container.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bundle/tar_stream.hpp"
#include "formats/text/descriptor.hpp"

namespace formats {

namespace {

constexpr std::size_t block_size = 64 << 10;

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

class Container {
 public:
    Container(int fd, const std::filesystem::path& path) : fd_(fd), path_(path) {}

    Result<void> check() {
        struct stat status {};
        if (::fstat(fd_, &status) != 0) return system_error(path_.string(), "reading", errno);
        size_ = static_cast<std::uint64_t>(status.st_size);
        auto magic = bytes_at(0, std::min<std::uint64_t>(4, size_));
        if (!magic) return magic.error();
        if (magic->starts_with("\x1f\x8b")) return check_gzip();
        if (*magic == "\x28\xb5\x2f\xfd") return check_zstd();
        if (*magic == "PK\3\4") return check_zip();
        return check_tar();
    }

 private:
    Result<std::string> bytes_at(std::uint64_t at, std::uint64_t size) const {
        if (at > size_ || size > size_ - at) return invalid("cut short");
        std::string bytes(static_cast<std::size_t>(size), '\0');
        for (std::size_t have = 0; have < bytes.size();) {
            const ssize_t n = ::pread(fd_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(at + have));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return system_error(path_.string(), "reading", errno);
            if (n == 0) return invalid("cut short");
            have += static_cast<std::size_t>(n);
        }
        return bytes;
    }
    Result<std::string> block_at(std::uint64_t at) const {
        return bytes_at(at, std::min<std::uint64_t>(block_size, size_ - at));
    }

    Result<void> feed(std::string_view bytes) {
        if (!tar_.feed(bytes)) return invalid(tar_.problem());
        return {};
    }
    Result<void> finish_tar() {
        if (!tar_.finish()) return invalid(tar_.problem());
        return {};
    }

    Result<void> check_tar() {
        auto magic = bytes_at(0, std::min<std::uint64_t>(262, size_));
        if (!magic) return magic.error();
        if (!magic->ends_with("ustar")) return invalid("bytes in front of the archive");
        for (std::uint64_t at = 0; at < size_; at += block_size) {
            auto block = block_at(at);
            if (!block) return block.error();
            if (auto fed = feed(*block); !fed) return fed;
        }
        return finish_tar();
    }

    Result<void> check_gzip_header() const {
        auto header = bytes_at(0, std::min<std::uint64_t>(size_, 10 + 256));
        if (!header) return header.error();
        if (header->size() < 10) return invalid("cut short");
        // gzip(1) notes the name of the file; what the file's own name says is no secret of the header.
        constexpr char has_name = 8;
        const char flags = (*header)[3];
        if ((flags & ~has_name) != 0) return invalid("a comment or an extra field in the gzip header");
        if ((flags & has_name) == 0) return {};
        const std::string name = header->substr(10, header->find('\0', 10) - 10);
        if (name != path_.stem().string()) return invalid("another file's name in the gzip header");
        return {};
    }

    Result<void> check_gzip() {
        if (auto header = check_gzip_header(); !header) return header;
        z_stream stream{};
        constexpr int gzip_only = 16 + MAX_WBITS;
        if (::inflateInit2(&stream, gzip_only) != Z_OK)
            return Error{ErrorKind::io, path_.string(), "no memory for zlib", {}};
        const std::unique_ptr<z_stream, decltype(&::inflateEnd)> ended(&stream, &::inflateEnd);
        std::vector<char> plain(block_size);
        for (std::uint64_t at = 0; at < size_; at += block_size) {
            auto block = block_at(at);
            if (!block) return block.error();
            stream.next_in = reinterpret_cast<Bytef*>(block->data());
            stream.avail_in = static_cast<uInt>(block->size());
            do {
                stream.next_out = reinterpret_cast<Bytef*>(plain.data());
                stream.avail_out = static_cast<uInt>(plain.size());
                const int status = ::inflate(&stream, Z_NO_FLUSH);
                if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
                    return invalid("gzip data that is damaged");
                if (auto fed = feed({plain.data(), plain.size() - stream.avail_out}); !fed) return fed;
                if (status != Z_STREAM_END) continue;
                if (at + block->size() - stream.avail_in != size_) return invalid("bytes behind the gzip member");
                return finish_tar();
            } while (stream.avail_in > 0 || stream.avail_out == 0);
        }
        return invalid("cut short");
    }

    /// RFC 8878, section 3.1.1: a header of 2 to 14 bytes behind the magic number, blocks, a checksum.
    Result<void> check_zstd_frame() const {
        auto begin = bytes_at(4, 1);
        if (!begin) return begin.error();
        const auto descriptor = static_cast<unsigned char>((*begin)[0]);
        const bool is_single = (descriptor & 0x20U) != 0, has_checksum = (descriptor & 4U) != 0;
        if ((descriptor & 3U) != 0) return invalid("a dictionary's number in the zstd header");
        const unsigned size_code = descriptor >> 6;
        const unsigned size_bytes = size_code == 0 ? (is_single ? 1 : 0) : 1U << size_code;
        std::uint64_t at = 5 + (is_single ? 0 : 1) + size_bytes;
        for (bool is_last = false; !is_last;) {
            auto header = bytes_at(at, 3);
            if (!header) return header.error();
            const std::uint64_t block = little_endian(*header, 0, 3);
            constexpr unsigned repeated = 1;
            is_last = (block & 1U) != 0;
            at += 3 + ((block >> 1 & 3U) == repeated ? 1 : block >> 3);
        }
        if (at + (has_checksum ? 4 : 0) != size_) return invalid("bytes behind the zstd frame");
        return {};
    }

    Result<void> check_zstd() {
        if (auto frame = check_zstd_frame(); !frame) return frame;
        const std::unique_ptr<archive, decltype(&archive_read_free)> in(archive_read_new(), &archive_read_free);
        archive_read_support_filter_zstd(in.get());
        archive_read_support_format_raw(in.get());
        archive_entry* entry = nullptr;
        if (::lseek(fd_, 0, SEEK_SET) != 0) return system_error(path_.string(), "reading", errno);
        if (archive_read_open_fd(in.get(), fd_, block_size) != ARCHIVE_OK ||
            archive_read_next_header(in.get(), &entry) != ARCHIVE_OK)
            return invalid("zstd data that is damaged");
        std::vector<char> plain(block_size);
        for (;;) {
            const la_ssize_t n = archive_read_data(in.get(), plain.data(), plain.size());
            if (n < 0) return invalid("zstd data that is damaged");
            if (n == 0) return finish_tar();
            if (auto fed = feed({plain.data(), static_cast<std::size_t>(n)}); !fed) return fed;
        }
    }

    /// The fields that write_archive() makes: UT, the time of change alone, and ux, owner and group 0.
    Result<void> check_extra(std::string_view extra) const {
        constexpr std::string_view owner("ux\x0b\0\1\4\0\0\0\0\4\0\0\0\0", 15), time("UT\5\0\1", 5);
        while (!extra.empty()) {
            const std::size_t size = extra.starts_with(owner)  ? owner.size()
                                     : extra.starts_with(time) ? time.size() + 4
                                                               : 0;
            if (size == 0 || size > extra.size()) return invalid("an extra field in a zip header");
            extra.remove_prefix(size);
        }
        return {};
    }

    /// APPNOTE 4.3.16: the record at the end; 4.3.12: an entry of the directory; 4.3.7: a local header.
    Result<void> check_zip() {
        constexpr std::uint64_t end_size = 22, central_size = 46;
        if (size_ < end_size) return invalid("cut short");
        auto end = bytes_at(size_ - end_size, end_size);
        if (!end) return end.error();
        if (!end->starts_with("PK\5\6") || little_endian(*end, 20, 2) != 0)
            return invalid("a comment or bytes behind the zip");
        const std::uint64_t entries = little_endian(*end, 10, 2), directory = little_endian(*end, 16, 4);
        if (little_endian(*end, 4, 4) != 0 || little_endian(*end, 8, 2) != entries ||
            directory + little_endian(*end, 12, 4) != size_ - end_size)
            return invalid("bytes that are no part of the zip");
        std::uint64_t at = directory, local = 0;
        for (std::uint64_t i = 0; i < entries; ++i) {
            auto central = bytes_at(at, central_size);
            if (!central) return central.error();
            const std::uint64_t name_size = little_endian(*central, 28, 2), extra_size = little_endian(*central, 30, 2);
            if (!central->starts_with("PK\1\2")) return invalid("bytes in the directory of the zip");
            if (little_endian(*central, 32, 2) != 0) return invalid("a comment of a zip entry");
            if (little_endian(*central, 34, 2) != 0 || little_endian(*central, 42, 4) != local)
                return invalid("bytes between the entries of the zip");
            auto texts = bytes_at(at + central_size, name_size + extra_size);
            if (!texts) return texts.error();
            const std::string_view name = std::string_view(*texts).substr(0, name_size);
            if (auto extra = check_extra(std::string_view(*texts).substr(name_size)); !extra) return extra;
            auto size = check_local(local, *central, name);
            if (!size) return size.error();
            local += *size;
            at += central_size + name_size + extra_size;
        }
        if (local != directory) return invalid("an entry that the directory of the zip does not name");
        if (at != size_ - end_size) return invalid("bytes behind the directory of the zip");
        return {};
    }

    /// How long a local entry is, with its data.
    Result<std::uint64_t> check_local(std::uint64_t at, std::string_view central, std::string_view name) const {
        constexpr std::uint64_t local_size = 30, descriptor_size = 16, size_behind_data = 8, utf8_name = 0x800;
        auto local = bytes_at(at, local_size);
        if (!local) return local.error();
        if (!local->starts_with("PK\3\4")) return invalid("bytes between the entries of the zip");
        const std::uint64_t flags = little_endian(*local, 6, 2), method = little_endian(*local, 8, 2);
        constexpr std::uint64_t stored = 0, deflated = 8;
        if (flags != little_endian(central, 8, 2) || (flags & ~(size_behind_data | utf8_name)) != 0)
            return invalid("a zip entry with flags that no bundle has");
        if (method != little_endian(central, 10, 2) || (method != stored && method != deflated))
            return invalid("a zip entry that is neither stored nor deflated");
        const bool has_descriptor = (flags & size_behind_data) != 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const std::uint64_t said = little_endian(*local, 14 + 4 * i, 4);
            if (said != little_endian(central, 16 + 4 * i, 4) && !(has_descriptor && said == 0))
                return invalid("a zip entry that its directory describes otherwise");
        }
        const std::uint64_t name_size = little_endian(*local, 26, 2), extra_size = little_endian(*local, 28, 2);
        auto texts = bytes_at(at + local_size, name_size + extra_size);
        if (!texts) return texts.error();
        if (std::string_view(*texts).substr(0, name_size) != name) return invalid("a second name of a zip entry");
        if (auto extra = check_extra(std::string_view(*texts).substr(name_size)); !extra) return extra.error();
        std::uint64_t size = local_size + name_size + extra_size + little_endian(central, 20, 4);
        if (!has_descriptor) return size;
        auto descriptor = bytes_at(at + size, descriptor_size);
        if (!descriptor) return descriptor.error();
        if (!descriptor->starts_with("PK\7\x08") || descriptor->substr(4) != central.substr(16, 12))
            return invalid("a zip entry that its directory describes otherwise");
        return size + descriptor_size;
    }

    Error invalid(const std::string& what) const { return {ErrorKind::invalid, path_.string(), what, {}}; }

    int fd_;
    std::filesystem::path path_;
    std::uint64_t size_ = 0;
    TarStream tar_;
};

}  // namespace

Result<void> check_container(int fd, const std::filesystem::path& path) { return Container(fd, path).check(); }

}  // namespace formats
