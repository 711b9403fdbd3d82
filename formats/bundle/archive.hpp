#pragma once
// Writes a spool as one archive, reproducibly: same spool, any time zone, locale, umask, user or folder,
// same bytes. Written under a temporary name in the target folder, synced, read back and verified, renamed
// without replacing, folder synced: no half archive ever has the final name (contract, section 6).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "formats/bundle/spool.hpp"
#include "formats/record/layout.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"
#include "formats/text/utc_time.hpp"

namespace formats {

struct ArchiveOrder {
    std::filesystem::path folder;      ///< where the archive goes; must exist
    std::string stem;                  ///< bundle_stem() of what the manifest says: top folder, file name
    std::filesystem::path exact_path;  ///< when not empty: the file itself, instead of folder/stem.ext
    ArchiveFormat format = ArchiveFormat::tar_gz;
    UtcTime time{};  ///< modification time of every member: the run's start
};

struct BundleFile {
    std::filesystem::path path;
    std::string sha256;  ///< of the archive file
    std::uint64_t bytes = 0;
};

/// Packs every member of the spool (manifest.xml first), verifies what was written with `redaction`
/// (verify.hpp) and gives it its final name: `-2`, `-3`... before the extension when that is taken.
/// On any error nothing with the final name exists and the temporary file is gone. Mode 0600.
Result<BundleFile> write_archive(const Spool& spool, const ArchiveOrder& order,
                                 const std::shared_ptr<Redaction>& redaction);

/// The next bytes of a member, valid until the next call; empty at the end.
using MemberBytes = std::function<Result<std::string_view>()>;
using OnMember = std::function<Result<void>(const std::string& name, const MemberBytes& read)>;

/// Reads an archive of any of the three formats, streaming, in constant memory: `on_member` gets each
/// member's path below the top folder, in the order of the archive; what it does not read is skipped. Returns
/// the top folder's name. Errors of kind io: the file cannot be read; of kind invalid: it is no archive, or
/// holds what no bundle holds: paths that are not a bundle's (absolute, ".."), links, devices, sparse or
/// encrypted members, a path twice, a second top folder, a folder without members, filters in filters, names
/// without end, more text than a bundle of its size can hold, or bytes that are no part of a member (container.hpp).
Result<std::string> read_archive(const std::filesystem::path& path, const OnMember& on_member);

}  // namespace formats
