#include "formats/assembly/clean_members.hpp"

#include <utility>

#include "formats/text/sha256.hpp"

namespace formats {

Result<std::vector<Leak>> CleanMembers::scan(const std::string& member) {
    const std::size_t learned = redaction_.learned();
    if (const auto known = clean_.find(member); known != clean_.end() && known->second.learned == learned)
        return std::vector<Leak>{};
    auto reader = spool_.read(member);
    if (!reader) return reader.error();
    auto scanner = redaction_.scanner(member);
    FileRecord file{member, 0, {}};
    Sha256 digest;
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

Result<std::vector<FileRecord>> CleanMembers::files(const std::vector<std::string>& members) {
    std::vector<FileRecord> files;
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

}  // namespace formats
