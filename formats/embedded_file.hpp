#pragma once
// A text file that was compiled in: platform profiles, the redaction catalogue, the manifest's schema.

#include <string_view>

namespace formats {

struct EmbeddedFile {
    std::string_view name;   ///< file name without its folder
    std::string_view bytes;  ///< static storage, never freed
};

}  // namespace formats
