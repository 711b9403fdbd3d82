#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "formats/bundle/manifest_fields.hpp"

namespace formats {

namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "2026-11-25T19:24:51.123456Z"
std::optional<UtcTime> time_of(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000000Z";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
    }
    const auto part = [&text](std::size_t from, std::size_t size) { return *number_of<int>(text.substr(from, size)); };
    using namespace std::chrono;
    const year_month_day date{year(part(0, 4)), month(static_cast<unsigned>(part(5, 2))),
                              day(static_cast<unsigned>(part(8, 2)))};
    if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
    return sys_days(date) + hours(part(11, 2)) + minutes(part(14, 2)) + seconds(part(17, 2)) +
           microseconds(part(20, 6));
}

/// What reading found first; shared by the readers of all elements.
struct Finding {
    pugi::xml_node where;
    std::string text;
};

/// Reads one element: its attributes by name, its children in order.
class Reader {
 public:
    Reader(pugi::xml_node node, Finding& finding) : node_(node), next_(node.first_child()), finding_(finding) {}

    void constant(std::string_view name, std::string_view value) {
        if (const auto found = required(name); found && *found != value) wrong(name);
    }
    void text(std::string_view name, std::string& value) {
        if (const auto found = required(name)) value = *found;
    }
    void some_text(std::string_view name, std::string& value) {
        if (const auto found = attribute(name)) value = *found;
    }
    void label(std::string_view name, std::string& value) { some_text(name, value); }
    void path(std::string_view name, std::string& value) { text(name, value); }
    void some_path(std::string_view name, std::string& value) { some_text(name, value); }
    void planned_path(std::string_view name, std::string& value) { some_text(name, value); }
    void sha256(std::string_view name, std::string& value) { text(name, value); }
    void some_sha256(std::string_view name, std::string& value) { some_text(name, value); }
    void endpoint_name(std::string_view name, std::string& value) { text(name, value); }
    void some_sr(std::string_view name, std::string& value) { some_text(name, value); }
    template <class Values>
    void one_of(std::string_view name, std::string& value, const Values&) {
        text(name, value);
    }
    void phase(std::string_view name, Phase& value) { parsed(name, value, required(name), phase_of); }
    void role(std::string_view name, Tells& value) { parsed(name, value, attribute(name), tells_of); }
    void outcome(std::string_view name, Outcome& value) { parsed(name, value, required(name), outcome_of); }
    void proven(std::string_view name, DebugRecord::Proven& value) {
        const auto found = attribute(name);
        bool is = false;
        parsed(name, is, found, truth_of);
        if (found) value = is ? DebugRecord::Proven::yes : DebugRecord::Proven::no;
    }
    void truth(std::string_view name, bool& value) { parsed(name, value, required(name), truth_of); }
    void flag(std::string_view name, bool& value) { parsed(name, value, attribute(name), truth_of); }
    void count(std::string_view name, std::uint64_t& value) {
        parsed(name, value, required(name), number_of<std::uint64_t>);
    }
    void window(std::string_view name, std::uint64_t& value) { parsed(name, value, required(name), duration_of); }
    void time(std::string_view name, std::optional<UtcTime>& value) { parsed(name, value, attribute(name), time_of); }
    void milliseconds(std::string_view name, std::optional<double>& value) {
        parsed(name, value, attribute(name), number_of<double>);
    }

    template <class Record, class Visit>
    void child(std::string_view name, Record& record, bool, Visit visit) {
        if (next_.name() == name) {
            read_next(record, visit);
        } else if (name != "problem") {  // the only element that may be absent
            report(next_ ? next_ : node_, "<" + std::string(name) + "> is missing here");
        }
    }
    template <class Records, class Visit>
    void children(std::string_view name, Records& records, Visit visit) {
        while (finding_.text.empty() && next_.name() == name) read_next(records.emplace_back(), visit);
    }
    template <class Visit>
    void rules(std::string_view name, RuleCounts& counts, Visit visit) {
        while (finding_.text.empty() && next_.name() == name) {
            std::pair<std::string, std::uint64_t> rule;
            read_next(rule, [&visit](Reader& inner, auto& read) { visit(inner, read.first, read.second); });
            counts.insert(rule);
        }
    }

    /// Nothing may be left over.
    void finish() {
        if (next_) report(next_, "unexpected <" + std::string(next_.name()) + ">");
        for (const pugi::xml_attribute attribute : node_.attributes())
            if (std::find(read_.begin(), read_.end(), attribute) == read_.end())
                report(node_, "unexpected attribute " + std::string(attribute.name()));
    }

 private:
    static std::optional<bool> truth_of(std::string_view text) {
        if (text == "true") return true;
        if (text == "false") return false;
        return std::nullopt;
    }
    static std::optional<std::uint64_t> duration_of(std::string_view text) {
        if (text.ends_with("ms")) return number_of<std::uint64_t>(text.substr(0, text.size() - 2));
        if (!text.ends_with("s")) return std::nullopt;
        const auto seconds = number_of<std::uint64_t>(text.substr(0, text.size() - 1));
        constexpr std::uint64_t most = 1'000'000'000;
        if (!seconds || *seconds > most) return std::nullopt;
        return *seconds * 1000;
    }

    std::optional<std::string_view> attribute(std::string_view name) {
        const pugi::xml_attribute found = node_.attribute(std::string(name).c_str());
        if (!found) return std::nullopt;
        read_.push_back(found);
        return found.value();
    }
    std::optional<std::string_view> required(std::string_view name) {
        auto found = attribute(name);
        if (!found) report(node_, "attribute " + std::string(name) + " is missing");
        return found;
    }
    template <class Value, class Parse>
    void parsed(std::string_view name, Value& value, std::optional<std::string_view> found, Parse parse) {
        if (!found) return;
        if (const auto read = parse(*found))
            value = *read;
        else
            wrong(name);
    }
    template <class Record, class Visit>
    void read_next(Record& record, Visit visit) {
        Reader inner(next_, finding_);
        visit(inner, record);
        inner.finish();
        next_ = next_.next_sibling();
    }
    void wrong(std::string_view name) {
        report(node_, "attribute " + std::string(name) + " has a value it cannot have");
    }
    void report(pugi::xml_node where, std::string text) {
        if (finding_.text.empty()) finding_ = {where, std::move(text)};
    }

    pugi::xml_node node_, next_;
    Finding& finding_;
    std::vector<pugi::xml_attribute> read_;
};

Error invalid(std::string_view xml, std::size_t offset, const std::string& what) {
    const auto end = xml.begin() + static_cast<std::ptrdiff_t>(std::min(offset, xml.size()));
    const auto line = 1 + std::count(xml.begin(), end, '\n');
    return {ErrorKind::invalid, std::string(member::manifest) + ":" + std::to_string(line), what, {}};
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view xml) {
    // A tree of them takes some twenty times the memory of its text.
    constexpr std::ptrdiff_t most_elements = 100'000, most_attributes = 600'000;
    if (xml.size() > longest_manifest || std::count(xml.begin(), xml.end(), '<') > most_elements ||
        std::count(xml.begin(), xml.end(), '=') > most_attributes)
        return invalid(xml, 0, "it is longer than any of a bundle");
    pugi::xml_document document;
    const pugi::xml_parse_result parsed =
        document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) return invalid(xml, static_cast<std::size_t>(parsed.offset), parsed.description());

    const pugi::xml_node root = document.first_child();
    if (std::string_view(root.name()) != "bundle") return invalid(xml, 0, "the document is no <bundle>");
    Manifest manifest;
    Finding finding;
    Reader reader(root, finding);
    visit_manifest(reader, manifest);
    reader.finish();
    if (!finding.text.empty()) {
        const std::string element = finding.where.name();
        return invalid(xml, static_cast<std::size_t>(std::max<std::ptrdiff_t>(finding.where.offset_debug(), 0)),
                       (element.empty() ? "" : "<" + element + ">: ") + finding.text);
    }
    if (const std::string broken = broken_rule(manifest); !broken.empty())
        return Error{ErrorKind::invalid, std::string(member::manifest), broken, {}};

    // pugixml forgives much (a second root, unknown entities, bad UTF-8, any spelling of a number).
    // Our own documents have one spelling only: whatever reads as a manifest must be written like
    // that. Two trees of a long one at once would be the most memory that a run ever needs.
    document.reset();
    const std::string canonical = render(cleaned(manifest, nullptr));
    if (xml != canonical) {
        const auto differs = std::mismatch(xml.begin(), xml.end(), canonical.begin(), canonical.end()).first;
        return invalid(xml, static_cast<std::size_t>(differs - xml.begin()), "not as tacbundle writes it");
    }
    return manifest;
}

}  // namespace formats
