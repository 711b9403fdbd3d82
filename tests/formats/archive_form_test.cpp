#include "formats/text/archive_form.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_CASE("an archive is known by its first bytes, and text is none") {
    struct Row {
        std::string bytes, form;
    };
    std::string tar(512, '\0');
    tar.replace(257, 5, "ustar");
    const std::vector<Row> rows{
        {"\x1f\x8b\x08rest", "a gzip archive"},
        {"PK\x03\x04rest", "a zip archive"},
        {std::string("\x28\xb5\x2f\xfd", 4), "a zstd archive"},
        {std::string("\xfd"
                     "7zXZ\0",
                     6),
         "an xz archive"},
        {"BZh91AY", "a bzip2 archive"},
        {"7z\xbc\xaf\x27\x1c", "a 7z archive"},
        {tar, "a tar archive"},
        {"PIX Version 7.2(2)\n", ""},
        {"PK", ""},
        {"BZ", ""},
        {"", ""},
        {std::string(300, 'u'), ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.form);
        CHECK(formats::archive_form(row.bytes) == row.form);
    }
    for (const char* part : {"P", "PK", "PK\x03", "\x1f", "7z", ""}) CHECK(formats::may_become_archive(part));
    for (const char* part : {"PI", "PK!", "hostname", "\x1f\x8b\x08"}) CHECK_FALSE(formats::may_become_archive(part));
}
