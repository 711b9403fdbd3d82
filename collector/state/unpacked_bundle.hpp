#pragma once
// A finished bundle, unpacked and concluded from once more, for the commands that read what was captured: `report`,
// `diff`, `merge`, `show --ladder`.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "formats/analysis/conclusion.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

class UnpackedBundle {
 public:
    /// Unpacks below the folder for temporary files, where its members stay as long as this object lives: redacted, as
    /// they are in the bundle. Errors of kind invalid: it is no bundle; usage: it cannot be read; io: no room.
    static formats::Result<UnpackedBundle> open(const std::string& path, formats::Redaction& redaction);
    ~UnpackedBundle();
    UnpackedBundle(UnpackedBundle&&) noexcept = default;
    UnpackedBundle& operator=(UnpackedBundle&&) = delete;

    /// As it stands in the bundle, with findings and verdict as its text tells them now.
    const formats::Manifest& manifest() const { return manifest_; }
    const formats::Spool& spool() const { return *spool_; }
    const formats::Conclusion& conclusion() const { return conclusion_; }

 private:
    struct RemoveFolder {
        void operator()(const std::filesystem::path* folder) const;
    };
    UnpackedBundle() = default;

    std::unique_ptr<const std::filesystem::path, RemoveFolder> folder_;  ///< around the spool
    std::optional<formats::Spool> spool_;
    formats::Manifest manifest_;
    formats::Conclusion conclusion_;
};

}  // namespace collector
