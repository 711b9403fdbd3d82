#include "formats/bundle/unpack.hpp"

#include "formats/bundle/archive.hpp"
#include "formats/bundle/manifest_fields.hpp"

namespace formats {

namespace {

Result<std::string> whole_manifest(const MemberBytes& read) {
    std::string xml;
    for (;;) {
        auto bytes = read();
        if (!bytes) return bytes.error();
        if (bytes->empty()) return xml;
        xml += *bytes;
        if (xml.size() > longest_manifest)
            return Error{ErrorKind::invalid, std::string(member::manifest), "too long", {}};
    }
}

Result<void> copy(const std::string& name, const MemberBytes& read, Spool& spool, Redaction& redaction) {
    auto file = spool.file(name);
    if (!file) return file.error();
    Redactor stream = redaction.second_pass();
    for (;;) {
        auto bytes = read();
        if (!bytes) return bytes.error();
        const bool is_last = bytes->empty();
        const auto text = is_last ? stream.finish() : stream.feed(*bytes);
        if (!text) return text.error();
        if (auto written = file->append(*text); !written) return written;
        if (is_last) return file->close();
    }
}

/// Reads the archive through; `on_other` gets every member but the manifest.
Result<Manifest> read_through(const std::filesystem::path& bundle, const OnMember& on_other) {
    std::string xml;
    auto top = read_archive(bundle, [&](const std::string& name, const MemberBytes& read) -> Result<void> {
        if (name != member::manifest) return on_other(name, read);
        auto whole = whole_manifest(read);
        if (!whole) return whole.error();
        xml = std::move(*whole);
        return {};
    });
    if (!top) return top.error();
    if (xml.empty()) return Error{ErrorKind::invalid, bundle.string(), "holds no manifest.xml", {}};
    return parse_manifest(xml);
}

}  // namespace

Result<Manifest> unpack_bundle(const std::filesystem::path& bundle, Spool& spool, Redaction& redaction) {
    return read_through(
        bundle, [&](const std::string& name, const MemberBytes& read) { return copy(name, read, spool, redaction); });
}

Result<Manifest> manifest_in(const std::filesystem::path& bundle) {
    return read_through(bundle, [](const std::string&, const MemberBytes&) -> Result<void> { return {}; });
}

}  // namespace formats
