set(rows "")
foreach(file IN LISTS files)
    get_filename_component(base "${file}" NAME)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
    # Adjacent literals: compilers limit the length of one line, not of their sum.
    string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)"
                         "\"\\1\"\n" lines "${bytes}")
    string(APPEND rows "    {\"${base}\", std::string_view(\n${lines}\"\", ")
    string(LENGTH "${hex}" length)
    math(EXPR length "${length} / 2")
    string(APPEND rows "${length})},\n")
endforeach()
file(WRITE "${header}"
"#pragma once
#include <span>
#include \"formats/embedded_file.hpp\"
namespace formats::embedded {
std::span<const EmbeddedFile> ${name}();
}
")
file(WRITE "${source}"
"#include \"embedded/${name}.hpp\"
// Longer than every compiler must take; those that build this take it.
#pragma GCC diagnostic ignored \"-Woverlength-strings\"
namespace formats::embedded {
static constexpr EmbeddedFile files[] = {
${rows}};
std::span<const EmbeddedFile> ${name}() { return files; }
}
")
