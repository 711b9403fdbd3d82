#include "formats/bundle/inventory.hpp"

#include <map>
#include <string_view>

namespace formats {

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

void list_captures(Manifest& manifest) {
    manifest.files.clear();
    for (const EndpointRecord& endpoint : manifest.endpoints)
        for (const CaptureRecord& capture : endpoint.captures)
            if (!capture.file.empty()) manifest.files.push_back({capture.file, capture.bytes, capture.sha256});
}

}  // namespace formats
