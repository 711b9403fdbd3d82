#include "formats/bundle/inventory.hpp"

#include <map>
#include <string_view>

#include "formats/bundle/sha256.hpp"

namespace formats {

Result<std::vector<FileRecord>> inventory(const Spool& spool) {
    auto members = spool.members();
    if (!members) return members.error();
    std::vector<FileRecord> files;
    for (const std::string& member : *members) {
        if (member == member::manifest) continue;
        auto reader = spool.read(member);
        if (!reader) return reader.error();
        FileRecord file{member, 0, {}};
        Sha256 digest;
        for (;;) {
            auto bytes = reader->read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) break;
            digest.update(*bytes);
            file.bytes += bytes->size();
        }
        file.sha256 = digest.finish();
        files.push_back(std::move(file));
    }
    return files;
}

void list_files(Manifest& manifest, std::vector<FileRecord> files) {
    manifest.files = std::move(files);
    std::map<std::string_view, const FileRecord*> by_path;
    for (const FileRecord& file : manifest.files) by_path.emplace(file.path, &file);
    for (EndpointRecord& endpoint : manifest.endpoints)
        for (CaptureRecord& capture : endpoint.captures)
            if (const auto found = by_path.find(capture.file); found != by_path.end()) {
                capture.bytes = found->second->bytes;
                capture.sha256 = found->second->sha256;
            }
}

}  // namespace formats
