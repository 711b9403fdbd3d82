#include "formats/text/archive_form.hpp"

#include <algorithm>
#include <array>

namespace formats {

namespace {

using namespace std::string_view_literals;

struct Mark {
    std::string_view bytes, form;
};
constexpr std::array marks{Mark{"\x1f\x8b"sv, "a gzip archive"},
                           Mark{"PK\x03\x04"sv, "a zip archive"},
                           Mark{"PK\x05\x06"sv, "an empty zip archive"},
                           Mark{"\x28\xb5\x2f\xfd"sv, "a zstd archive"},
                           Mark{"\xfd"
                                "7zXZ\0"sv,
                                "an xz archive"},
                           Mark{"BZh"sv, "a bzip2 archive"},
                           Mark{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive"}};
constexpr std::size_t tar_mark_at = 257;
constexpr std::string_view tar_mark = "ustar";

}  // namespace

std::string_view archive_form(std::string_view beginning) {
    for (const Mark& mark : marks)
        if (beginning.starts_with(mark.bytes)) return mark.form;
    if (beginning.size() > tar_mark_at && beginning.substr(tar_mark_at).starts_with(tar_mark)) return "a tar archive";
    return {};
}

bool may_become_archive(std::string_view beginning) {
    return std::any_of(marks.begin(), marks.end(), [&](const Mark& mark) {
        return beginning.size() < mark.bytes.size() && mark.bytes.starts_with(beginning);
    });
}

}  // namespace formats
