#pragma once
// From a finished run to one verified archive, in the order of contract section 6: sweep what was captured
// with every literal learned since, write what people read, scan all, quarantine a hit, list everything in
// the manifest, pack, read back, rename.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/bundle/archive.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

struct PackageOrder {
    std::string output;  ///< a folder, or the archive's own path
    ArchiveFormat format = ArchiveFormat::tar_gz;
    std::string verified = "true";  ///< rules-only: not all that the run had learned is known
    /// What `output` was when the order was given: a folder that goes away meanwhile is no name for an archive.
    bool is_folder = false;
};

/// Reads what was captured again with the literals learned later: a key that only the other end's configuration
/// shows is gone from this end's debug too.
Result<void> sweep(Spool& spool, Redaction& redaction);

/// Writes the manifest as it stands into the spool, so that what a crash leaves can be packed (`recover`).
Result<void> save_draft(Manifest manifest, Spool& spool, Redaction& redaction);

/// Quarantined captures are noted in `manifest`. Error io: the disk; internal: a leak in what would ship. The
/// spool is untouched by a failure of the archive.
Result<BundleFile> package(Manifest& manifest, Spool& spool, const std::shared_ptr<Redaction>& redaction,
                           const PackageOrder& order);

/// The order for an output and a format (unset: what the name of the output says, else tar.gz). Error usage: the name says
/// another format, or one that is not written here.
Result<PackageOrder> order_for(const std::string& output, std::optional<ArchiveFormat> format);

/// Where an archive of this order would go. Error usage: the folder is missing, cannot be written to, or the
/// file exists; nothing is created.
Result<void> check_output(const PackageOrder& order);

}  // namespace formats
