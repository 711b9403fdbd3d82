// Cleaning and checking: two visitors of the manifest's fields.

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "formats/bundle/manifest_fields.hpp"
#include "formats/text/plain_text.hpp"

namespace formats {

namespace {

/// Passes over whatever is not free text.
struct TextVisitor {
    void constant(std::string_view, std::string_view) const {}
    void path(std::string_view, const std::string&) const {}
    void some_path(std::string_view, const std::string&) const {}
    void planned_path(std::string_view, const std::string&) const {}
    void sha256(std::string_view, const std::string&) const {}
    void some_sha256(std::string_view, const std::string&) const {}
    void endpoint_name(std::string_view, const std::string&) const {}
    void some_sr(std::string_view, const std::string&) const {}
    template <class Values>
    void one_of(std::string_view, const std::string&, const Values&) const {}
    void phase(std::string_view, Phase) const {}
    void role(std::string_view, Tells) const {}
    void outcome(std::string_view, Outcome) const {}
    void proven(std::string_view, DebugRecord::Proven) const {}
    void truth(std::string_view, bool) const {}
    void flag(std::string_view, bool) const {}
    void count(std::string_view, std::uint64_t) const {}
    void window(std::string_view, std::uint64_t) const {}
    void time(std::string_view, const std::optional<UtcTime>&) const {}
    void milliseconds(std::string_view, const std::optional<double>&) const {}
};

class Cleaner : public TextVisitor {
 public:
    using Redact = std::function<std::string(const std::string&)>;
    explicit Cleaner(Redact redact) : redact_(std::move(redact)) {}

    void text(std::string_view, std::string& value) { value = clean(value, plain_text, longest_text); }
    void some_text(std::string_view name, std::string& value) { text(name, value); }
    void label(std::string_view, std::string& value) { value = clean(value, plain_label, longest_label); }

    template <class Record, class Visit>
    void child(std::string_view, Record& record, bool, Visit visit) {
        visit(*this, record);
    }
    template <class Records, class Visit>
    void children(std::string_view, Records& records, Visit visit) {
        for (auto& record : records) visit(*this, record);
    }
    template <class Visit>
    void rules(std::string_view, RuleCounts& counts, Visit visit) {
        RuleCounts clean;
        for (const auto& [name, count] : counts) {
            std::string clean_name = name;
            std::uint64_t same = count;
            visit(*this, clean_name, same);
            clean[clean_name] += same;
        }
        counts = std::move(clean);
    }

 private:
    /// U+FFFD for what is no text reads otherwise than those bytes did: such a value is redacted as it is written, too.
    std::string clean(const std::string& value, std::string (*plain)(std::string_view, std::size_t), std::size_t most) {
        const std::string& once = redacted(value);
        std::string written = plain(once, once.size());
        if (written != once) written = redact_(written);
        return plain(written, most);
    }
    /// With many endpoints the same texts come again and again (lines, reasons), and each is a stream of its own.
    const std::string& redacted(const std::string& value) {
        constexpr std::size_t longest_remembered = 256, most_remembered = 4096;
        if (value.size() > longest_remembered || known_.size() == most_remembered)
            return unremembered_ = redact_(value);
        const auto [place, is_new] = known_.try_emplace(value);
        if (is_new) place->second = redact_(value);
        return place->second;
    }

    Redact redact_;
    std::unordered_map<std::string, std::string> known_;
    std::string unremembered_;
};

/// Knows the line of the document on which every element stands.
class Withholder : public TextVisitor {
 public:
    Withholder(const std::vector<Leak>& leaks, const Redaction& redaction, bool all)
        : redaction_(redaction), all_(all) {
        for (const Leak& leak : leaks) lines_.insert(leak.line);
    }

    void text(std::string_view name, std::string& value) {
        if (lines_.count(line_) == 0 || value.empty()) return;
        if (all_ || looks_like_a_secret(name, value)) value = "[withheld: it looks like a secret]";
    }
    void some_text(std::string_view name, std::string& value) { text(name, value); }
    void label(std::string_view name, std::string& value) { text(name, value); }

    template <class Record, class Visit>
    void child(std::string_view, Record& record, bool present, Visit visit) {
        if (!present) return;
        const std::size_t own = ++last_line_;
        line_ = own;
        visit(*this, record);
        if (last_line_ != own) ++last_line_;  // its end tag, behind its children
    }
    template <class Records, class Visit>
    void children(std::string_view name, Records& records, Visit visit) {
        for (auto& record : records) child(name, record, true, visit);
    }
    template <class Visit>
    void rules(std::string_view, const RuleCounts& counts, Visit) {
        last_line_ += counts.size();
    }

 private:
    /// As it stands in the document: the attribute behind it may look like its secret.
    bool looks_like_a_secret(std::string_view name, std::string_view value) const {
        std::string written = std::string(name) + "=\"";
        for (const char c : value) {
            switch (c) {
                case '&': written += "&amp;"; break;
                case '<': written += "&lt;"; break;
                case '"': written += "&quot;"; break;
                default: written += c;
            }
        }
        LeakScanner scanner = redaction_.scanner({});
        scanner.feed(written + "\" next=\"value\" />\n");
        return !scanner.finish().empty();
    }

    const Redaction& redaction_;
    bool all_;
    std::set<std::size_t> lines_;
    std::size_t line_ = 0, last_line_ = 2;  // behind the declaration and <bundle>
};

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_sr(std::string_view text) {
    return text.size() <= 32 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

class Checker {
 public:
    std::string broken;  ///< the first one
    std::set<std::string, std::less<>> listed;

    void path(std::string_view name, const std::string& value) {
        require(value.size() <= longest_text && is_member_path(value), name, "is not a path");
    }
    void some_path(std::string_view name, const std::string& value) {
        if (value.empty()) return;
        path(name, value);
        require(listed.count(value) > 0, name, "is not among the files");
    }
    void planned_path(std::string_view name, const std::string& value) {
        if (!value.empty()) path(name, value);
    }
    void sha256(std::string_view name, const std::string& value) {
        require(is_sha256(value), name, "is not 64 hex digits");
    }
    void some_sha256(std::string_view name, const std::string& value) {
        if (!value.empty()) sha256(name, value);
    }
    void endpoint_name(std::string_view name, const std::string& value) {
        require(value.size() <= 32 && is_member_name(value), name, "is not a name");
    }
    void some_sr(std::string_view name, const std::string& value) {
        require(is_sr(value), name, "is not a service request");
    }
    template <class Values>
    void one_of(std::string_view name, const std::string& value, const Values& values) {
        require(std::find(values.begin(), values.end(), value) != values.end(), name, "is none of its values");
    }
    void time(std::string_view name, const std::optional<UtcTime>& value) {
        using namespace std::chrono;
        require(!value || (*value >= sys_days(year(1) / 1 / 1) && *value < sys_days(year(10000) / 1 / 1)), name,
                "is no year of four digits");
    }
    void milliseconds(std::string_view name, const std::optional<double>& value) {
        require(!value || std::abs(*value) < 999999999999999.0, name, "is out of range");
    }
    void window(std::string_view name, std::uint64_t value) {
        require(value < 1'000'000'000'000, name, "is out of range");
    }

    template <class Record, class Visit>
    void child(std::string_view name, const Record& record, bool present, Visit visit) {
        if (present) inside(name, "", [&] { visit(*this, record); });
    }
    template <class Records, class Visit>
    void children(std::string_view name, const Records& records, Visit visit) {
        std::size_t number = 0;
        for (const auto& record : records) inside(name, " " + std::to_string(++number), [&] { visit(*this, record); });
    }

    void constant(std::string_view, std::string_view) const {}
    void text(std::string_view, const std::string&) const {}
    void some_text(std::string_view, const std::string&) const {}
    void label(std::string_view, const std::string&) const {}
    void phase(std::string_view, Phase) const {}
    void role(std::string_view, Tells) const {}
    void outcome(std::string_view, Outcome) const {}
    void proven(std::string_view, DebugRecord::Proven) const {}
    void truth(std::string_view, bool) const {}
    void flag(std::string_view, bool) const {}
    void count(std::string_view, std::uint64_t) const {}
    template <class Visit>
    void rules(std::string_view, const RuleCounts&, Visit) const {}

    void require(bool holds, std::string_view name, std::string_view otherwise) {
        if (holds || !broken.empty()) return;
        broken = place_ + std::string(name) + " " + std::string(otherwise);
    }

 private:
    template <class Body>
    void inside(std::string_view name, const std::string& number, Body body) {
        const std::size_t before = place_.size();
        place_ += std::string(name) + number + ": ";
        body();
        place_.resize(before);
    }
    std::string place_;
};

}  // namespace

Manifest cleaned(Manifest manifest, Redaction* redaction) {
    Cleaner cleaner(
        [redaction](const std::string& text) { return redaction != nullptr ? redaction->redact(text).str() : text; });
    visit_manifest(cleaner, manifest);
    return manifest;
}

Manifest for_bundle(Manifest manifest, Redaction& redaction) {
    Cleaner cleaner([&redaction](const std::string& text) { return redaction.for_bundle(text).str(); });
    visit_manifest(cleaner, manifest);
    return manifest;
}

Manifest withheld(Manifest manifest, const std::vector<Leak>& leaks, const Redaction& redaction, bool all) {
    Withholder withholder(leaks, redaction, all);
    visit_manifest(withholder, manifest);
    return manifest;
}

std::string broken_rule(const Manifest& manifest) {
    Checker checker;
    for (const FileRecord& file : manifest.files)
        checker.require(checker.listed.insert(file.path).second, "file", "is listed twice: " + file.path);
    std::set<std::string, std::less<>> names;
    for (const EndpointRecord& endpoint : manifest.endpoints) {
        checker.require(names.insert(endpoint.name).second, "endpoint", "stands twice: " + endpoint.name);
        std::set<std::string, std::less<>> ids;
        for (const CaptureRecord& capture : endpoint.captures)
            checker.require(ids.insert(capture.id).second, "capture",
                            "stands twice: " + endpoint.name + " " + capture.id);
    }
    visit_manifest(checker, manifest);
    return checker.broken;
}

}  // namespace formats
