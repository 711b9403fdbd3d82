#include "formats/bundle/verify.hpp"

#include <algorithm>
#include <map>

#include "formats/bundle/archive.hpp"
#include "formats/bundle/manifest_fields.hpp"
#include "formats/text/plain_text.hpp"
#include "formats/text/sha256.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_schema = std::size_t{1} << 20;
// A hostile bundle may be wrong in every member: nobody reads more.
constexpr std::size_t most_problems = 1'000, most_leaks = 1'000, longest_sentence = 400;

struct Found {
    std::uint64_t bytes = 0;
    std::string sha256;
};

class Verification {
 public:
    explicit Verification(const Redaction& redaction) : redaction_(redaction) {}

    Result<Verdict> run(const std::filesystem::path& path) {
        auto top =
            read_archive(path, [this](const std::string& name, const MemberBytes& read) { return take(name, read); });
        if (!top) {
            if (top.error().kind != ErrorKind::invalid || found_.empty()) return top.error();
            problem(top.error().detail);
        }
        scan_names(top ? *top : "");
        if (has_manifest_) {
            check_manifest(top ? *top : "");
        } else {
            problem("manifest.xml is missing");
        }
        verdict_.members = found_.size();
        return std::move(verdict_);
    }

 private:
    Result<void> take(const std::string& name, const MemberBytes& read) {
        Sha256 digest;
        LeakScanner scanner = redaction_.scanner(name);
        Found found;
        std::string schema;
        const bool is_schema = name == member::schema, is_manifest = name == member::manifest;
        for (;;) {
            auto bytes = read();
            if (!bytes) return bytes.error();
            if (bytes->empty()) break;
            digest.update(*bytes);
            scanner.feed(*bytes);
            found.bytes += bytes->size();
            verdict_.bytes += bytes->size();
            if (is_manifest && manifest_.size() <= longest_manifest) manifest_ += *bytes;
            if (is_schema && schema.size() <= longest_schema) schema += *bytes;
        }
        if (is_schema && !is_manifest_schema(schema))
            problem("manifest.xsd is no schema of this version or an earlier one");
        has_manifest_ = has_manifest_ || is_manifest;
        found.sha256 = digest.finish();
        add_leaks(scanner.finish());
        found_.emplace(name, std::move(found));
        return {};
    }

    void scan_names(const std::string& top) {
        LeakScanner scanner = redaction_.scanner("member names");
        scanner.feed(top + "\n");
        for (const auto& [name, found] : found_) scanner.feed(name + "\n");
        add_leaks(scanner.finish());
    }

    void check_manifest(const std::string& top) {
        if (manifest_.size() > longest_manifest) return problem("manifest.xml is too long");
        auto manifest = parse_manifest(manifest_);
        if (!manifest) return problem(manifest.error().message());
        verdict_.manifest = std::move(*manifest);
        check_top(top);
        check_files();
        for (const EndpointRecord& endpoint : verdict_.manifest.endpoints)
            for (const CaptureRecord& capture : endpoint.captures) check_capture(endpoint.name, capture);
    }

    void check_top(const std::string& top) {
        if (top.empty() || !verdict_.manifest.started) return;
        std::vector<std::string> names;
        for (const EndpointRecord& endpoint : verdict_.manifest.endpoints) names.push_back(endpoint.name);
        const std::string stem = bundle_stem(verdict_.manifest.sr, names, *verdict_.manifest.started);
        if (top != stem) problem("the top folder is " + top + ", by the manifest it is " + stem);
    }

    void check_files() {
        if (!found_.contains(std::string(member::schema))) problem("manifest.xsd is missing");
        std::map<std::string_view, const FileRecord*> listed;
        for (const FileRecord& file : verdict_.manifest.files) {
            listed.emplace(file.path, &file);
            const auto found = found_.find(file.path);
            if (file.path == member::manifest)
                problem("manifest.xml lists itself");
            else if (found == found_.end())
                problem(file.path + " is missing");
            else if (found->second.bytes != file.bytes)
                problem(file.path + " has " + std::to_string(found->second.bytes) + " bytes, listed are " +
                        std::to_string(file.bytes));
            else if (found->second.sha256 != file.sha256)
                problem(file.path + " has been changed: its SHA-256 is not the listed one");
        }
        for (const auto& [name, found] : found_)
            if (name != member::manifest && !listed.contains(name)) problem(name + " is not listed");
        for (const EndpointRecord& endpoint : verdict_.manifest.endpoints)
            for (const CaptureRecord& capture : endpoint.captures) {
                const auto file = listed.find(capture.file);  // the schema's rules: it is listed
                if (file != listed.end() && capture.sha256 != file->second->sha256)
                    problem(endpoint.name + " " + capture.id + ": its SHA-256 is not that of " + capture.file);
            }
    }

    /// Planned = collected + explained.
    void check_capture(const std::string& endpoint, const CaptureRecord& capture) {
        if (capture.outcome == Outcome::ok && capture.file.empty())
            problem(endpoint + " " + capture.id + " is \"ok\" without a file");
        if (!is_whole(capture) && capture.reason.empty())
            problem(endpoint + " " + capture.id + " is \"" + std::string(name_of(capture.outcome)) +
                    "\" without a reason");
        if (capture.file.empty() && !capture.sha256.empty())
            problem(endpoint + " " + capture.id + " has a SHA-256 without a file");
    }

    void problem(std::string_view sentence) {
        // It may quote the bundle, which may be hostile to terminals.
        if (verdict_.problems.size() < most_problems)
            verdict_.problems.push_back(plain_label(sentence, longest_sentence));
    }
    void add_leaks(std::vector<Leak> leaks) {
        for (Leak& leak : leaks)
            if (verdict_.leaks.size() < most_leaks) verdict_.leaks.push_back(std::move(leak));
    }

    const Redaction& redaction_;
    Verdict verdict_;
    std::map<std::string, Found> found_;
    std::string manifest_;
    bool has_manifest_ = false;
};

}  // namespace

Result<Verdict> verify_bundle(const std::filesystem::path& path, const Redaction& redaction) {
    return Verification(redaction).run(path);
}

}  // namespace formats
