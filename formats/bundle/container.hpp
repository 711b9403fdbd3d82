#pragma once
// A bundle is its members and nothing else. What an archive can hold beside them (comments, owners, extra fields, entries
// that no directory names, bytes in front or behind) is read by no scanner and shown by no listing, so a secret there
// would leave unseen. An archive is taken only when each of its bytes is one that the form itself asks for:
//
//   gzip   one member, no name but the file's own, no comment, no extra field, no byte behind (RFC 1952)
//   zstd   one frame, no dictionary, no skippable frame, no byte behind (RFC 8878)
//   tar    POSIX headers of files and folders without owner's names; of pax records only a long path; zeros as padding
//          and behind the end (POSIX.1-2017, pax)
//   zip    local entries in the order of the directory without a gap, no comment, no extra field but time and owner 0
//          (APPNOTE 6.3)

#include <filesystem>

#include "formats/result.hpp"

namespace formats {

/// `fd` is the archive, open for reading and seekable; `path` tells its name. Streaming, in constant memory. Error{invalid}
/// tells what is there that is no part of a member, Error{io} that the file cannot be read. Names and texts of members
/// are read_archive()'s to judge.
Result<void> check_container(int fd, const std::filesystem::path& path);

}  // namespace formats
