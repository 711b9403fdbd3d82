#include <algorithm>
#include <array>
#include <charconv>
#include <embedded/earlier_schemas.hpp>
#include <embedded/manifest_schema.hpp>
#include <pugixml.hpp>

#include "formats/bundle/manifest_fields.hpp"
#include "formats/embedded_file.hpp"

namespace formats {

namespace {

std::string milliseconds_text(double value) {
    std::array<char, 64> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 3);
    return {digits.data(), end.ptr};
}

class Writer {
 public:
    explicit Writer(pugi::xml_node node) : node_(node) {}

    void constant(std::string_view name, std::string_view value) { set(name, std::string(value)); }
    void text(std::string_view name, const std::string& value) { set(name, value); }
    void some_text(std::string_view name, const std::string& value) {
        if (!value.empty()) set(name, value);
    }
    void label(std::string_view name, const std::string& value) { some_text(name, value); }
    void path(std::string_view name, const std::string& value) { set(name, value); }
    void some_path(std::string_view name, const std::string& value) { some_text(name, value); }
    void planned_path(std::string_view name, const std::string& value) { some_text(name, value); }
    void sha256(std::string_view name, const std::string& value) { set(name, value); }
    void some_sha256(std::string_view name, const std::string& value) { some_text(name, value); }
    void endpoint_name(std::string_view name, const std::string& value) { set(name, value); }
    void some_sr(std::string_view name, const std::string& value) { some_text(name, value); }
    template <class Values>
    void one_of(std::string_view name, const std::string& value, const Values&) {
        set(name, value);
    }
    void phase(std::string_view name, Phase value) { set(name, std::string(name_of(value))); }
    void role(std::string_view name, Tells value) {
        if (value != Tells::nothing) set(name, std::string(name_of(value)));
    }
    void outcome(std::string_view name, Outcome value) { set(name, std::string(name_of(value))); }
    void proven(std::string_view name, DebugRecord::Proven value) {
        if (value != DebugRecord::Proven::not_armed) truth(name, value == DebugRecord::Proven::yes);
    }
    void truth(std::string_view name, bool value) { set(name, value ? "true" : "false"); }
    void flag(std::string_view name, bool value) {
        if (value) truth(name, value);
    }
    void count(std::string_view name, std::uint64_t value) { set(name, std::to_string(value)); }
    void window(std::string_view name, std::uint64_t value) {
        set(name, value % 1000 == 0 ? std::to_string(value / 1000) + "s" : std::to_string(value) + "ms");
    }
    void time(std::string_view name, const std::optional<UtcTime>& value) {
        if (value) set(name, to_iso(*value));
    }
    void milliseconds(std::string_view name, const std::optional<double>& value) {
        if (value) set(name, milliseconds_text(*value));
    }

    template <class Record, class Visit>
    void child(std::string_view name, const Record& record, bool present, Visit visit) {
        if (!present) return;
        Writer inner(append(name));
        visit(inner, record);
    }
    template <class Records, class Visit>
    void children(std::string_view name, const Records& records, Visit visit) {
        for (const auto& record : records) child(name, record, true, visit);
    }
    template <class Visit>
    void rules(std::string_view name, const RuleCounts& counts, Visit visit) {
        for (const auto& [rule, count] : counts) {
            Writer inner(append(name));
            visit(inner, rule, count);
        }
    }

 private:
    pugi::xml_node append(std::string_view name) { return node_.append_child(std::string(name).c_str()); }
    void set(std::string_view name, const std::string& value) {
        node_.append_attribute(std::string(name).c_str()).set_value(value.c_str());
    }
    pugi::xml_node node_;
};

struct Text : pugi::xml_writer {
    std::string text;
    void write(const void* bytes, size_t size) override { text.append(static_cast<const char*>(bytes), size); }
};

}  // namespace

std::string render(const Manifest& manifest) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    Writer writer(document.append_child("bundle"));
    visit_manifest(writer, manifest);
    Text out;
    document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
    return std::move(out.text);
}

Result<RedactedText> to_xml(const Manifest& manifest, Redaction& redaction) {
    Manifest clean = cleaned(manifest, &redaction);
    if (const std::string broken = broken_rule(clean); !broken.empty())
        return Error{ErrorKind::internal, std::string(member::manifest), broken, {}};
    // Every text is clean by itself. One that ends like the beginning of a secret ("the new
    // password") may make the next attribute look like one: it goes, the bundle stays.
    std::string xml = render(clean);
    for (const bool all : {false, true}) {
        // A long one is scanned once, as long as nothing is found.
        if (auto vouched = redaction.vouch(xml, member::manifest)) return vouched;
        LeakScanner scanner = redaction.scanner(std::string(member::manifest));
        scanner.feed(xml);
        const auto leaks = scanner.finish();
        clean = withheld(std::move(clean), leaks, redaction, all);
        xml = render(clean);
    }
    return redaction.vouch(std::move(xml), member::manifest);
}

std::string_view manifest_schema() { return embedded::manifest_schema().front().bytes; }

bool is_manifest_schema(std::string_view xsd) {
    const auto earlier = embedded::earlier_schemas();
    return xsd == manifest_schema() ||
           std::any_of(earlier.begin(), earlier.end(), [&](const EmbeddedFile& file) { return file.bytes == xsd; });
}

}  // namespace formats
