#include "collector/package/clean_members.hpp"

#include <utility>

#include "formats/bundle/sha256.hpp"

namespace collector {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

Result<std::vector<formats::Leak>> CleanMembers::scan(const std::string& member) {
    const std::size_t learned = redaction_.learned();
    if (const auto known = clean_.find(member); known != clean_.end() && known->second.learned == learned)
        return std::vector<formats::Leak>{};
    auto reader = spool_.read(member);
    if (!reader) return reader.error();
    auto scanner = redaction_.scanner(member);
    formats::FileRecord file{member, 0, {}};
    formats::Sha256 digest;
    for (;;) {
        const auto bytes = reader->read();
        if (!bytes) return bytes.error();
        if (bytes->empty()) break;
        scanner.feed(*bytes);
        digest.update(*bytes);
        file.bytes += bytes->size();
    }
    file.sha256 = digest.finish();
    auto leaks = scanner.finish();
    if (leaks.empty()) clean_[member] = {learned, std::move(file)};
    return leaks;
}

Result<std::vector<formats::FileRecord>> CleanMembers::files(const std::vector<std::string>& members) {
    std::vector<formats::FileRecord> files;
    for (const std::string& member : members) {
        const auto leaks = scan(member);
        if (!leaks) return leaks.error();
        const auto known = clean_.find(member);
        if (!leaks->empty() || known == clean_.end()) return Error{ErrorKind::internal, member, "it is not clean", {}};
        files.push_back(std::move(known->second.file));
    }
    clean_.clear();
    return files;
}

}  // namespace collector
