#include "collector/state/unpacked_bundle.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "formats/bundle/unpack.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

void UnpackedBundle::RemoveFolder::operator()(const std::filesystem::path* folder) const {
    std::error_code ignored;  // what stays is redacted, and nobody else can read it
    std::filesystem::remove_all(*folder, ignored);
    delete folder;
}

UnpackedBundle::~UnpackedBundle() = default;

Result<UnpackedBundle> UnpackedBundle::open(const std::string& path, formats::Redaction& redaction) {
    std::error_code code;
    const auto temporary = std::filesystem::temp_directory_path(code);
    if (code) return formats::system_error("the folder for temporary files", "looking for it", code.value());
    std::string name = (temporary / "tacbundle-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return formats::system_error(name, "making the folder", errno);
    UnpackedBundle bundle;
    bundle.folder_.reset(new std::filesystem::path(name));
    auto spool = formats::Spool::create(*bundle.folder_ / "bundle");
    if (!spool) return spool.error();
    bundle.spool_ = std::move(*spool);
    auto manifest = formats::unpack_bundle(path, *bundle.spool_, redaction);
    if (!manifest) {
        const bool is_bundle = manifest.error().kind != ErrorKind::io;
        return Error{is_bundle ? manifest.error().kind : ErrorKind::usage, path, manifest.error().detail, {}};
    }
    bundle.manifest_ = std::move(*manifest);
    auto conclusion = formats::conclude(bundle.manifest_, *bundle.spool_);
    if (!conclusion) return conclusion.error();
    bundle.conclusion_ = std::move(*conclusion);
    return bundle;
}

}  // namespace collector
