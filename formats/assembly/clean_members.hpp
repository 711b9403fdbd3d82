#pragma once
// Which members of a spool were found clean. Nothing else ships.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace formats {

/// The members that were found clean, and how many literals had been learned then. As long as neither the member nor
/// that has changed, scanning it again would find nothing again. Members are written by one thread alone meanwhile.
class CleanMembers {
 public:
    CleanMembers(const Spool& spool, const Redaction& redaction) : spool_(spool), redaction_(redaction) {}

    /// Empty: it is clean. Error io: it cannot be read.
    Result<std::vector<Leak>> scan(const std::string& member);
    void has_changed(const std::string& member) { clean_.erase(member); }

    /// What the manifest lists, given away. Error internal: one of them is not clean.
    Result<std::vector<FileRecord>> files(const std::vector<std::string>& members);

 private:
    struct Clean {
        std::size_t learned = 0;
        FileRecord file;
    };
    const Spool& spool_;
    const Redaction& redaction_;
    std::map<std::string, Clean> clean_;
};

}  // namespace formats
