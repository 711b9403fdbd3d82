#include "formats/assembly/assembly.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <utility>

#include "formats/analysis/conclusion.hpp"
#include "formats/assembly/clean_members.hpp"
#include "formats/bundle/inventory.hpp"
#include "formats/report/report.hpp"
#include "formats/report/summary.hpp"
#include "formats/report/timeline.hpp"

namespace formats {

namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
    std::error_code code;
    return fs::is_directory(path, code);
}

ArchiveOrder archive_order(const Manifest& manifest, const PackageOrder& order) {
    ArchiveOrder archive;
    std::vector<std::string> names;
    for (const auto& endpoint : manifest.endpoints) names.push_back(endpoint.name);
    archive.stem = bundle_stem(manifest.sr, names, *manifest.started);
    archive.format = order.format;
    archive.time = *manifest.started;
    if (order.is_folder) {
        archive.folder = order.output;
    } else {
        archive.exact_path = order.output;
        archive.folder = archive.exact_path.has_parent_path() ? archive.exact_path.parent_path() : fs::path(".");
    }
    return archive;
}

using Members = std::vector<std::string>;

/// A member with a hit ships as the reason why it does not, never as text.
Result<void> quarantine(const Members& members, Manifest& manifest, Spool& spool, Redaction& redaction,
                        CleanMembers& clean) {
    for (const std::string& member : members) {
        const auto leaks = clean.scan(member);
        if (!leaks) return leaks.error();
        if (leaks->empty()) continue;
        clean.has_changed(member);
        if (manifest.outcome == "complete") manifest.outcome = "incomplete";
        std::string reason = "quarantined: the verification found";
        for (const auto& leak : *leaks) reason += " " + leak.rule + " in line " + std::to_string(leak.line) + ";";
        reason.pop_back();
        if (auto replaced = spool.replace(member, redaction.redact(reason + "\n")); !replaced) return replaced;
        for (auto& endpoint : manifest.endpoints)
            for (auto& capture : endpoint.captures)
                if (capture.file == member) {
                    capture.outcome = Outcome::quarantined;
                    capture.reason = reason;
                }
    }
    return {};
}

using WriteMember = std::function<Result<void>(const TextSink&)>;
Result<void> stream_member(Spool& spool, std::string_view member, const WriteMember& write) {
    auto file = spool.file(std::string(member));
    if (!file) return file.error();
    if (auto written = write([&](const RedactedText& text) { return file->append(text); }); !written) return written;
    return file->close();
}

Result<void> write_reading_matter(const Manifest& manifest, const Conclusion& conclusion, Spool& spool,
                                  Redaction& redaction) {
    auto timeline = stream_member(spool, member::timeline, [&](const TextSink& sink) {
        return write_timeline(manifest, spool, redaction, sink);
    });
    if (!timeline) return timeline;
    const auto summary = summary_text(manifest, redaction);
    if (!summary) return summary.error();
    if (auto written = spool.write(std::string(member::summary), *summary); !written) return written;
    return stream_member(spool, member::report, [&](const TextSink& sink) {
        return write_report(manifest, conclusion, spool, redaction, sink);
    });
}

}  // namespace

Result<PackageOrder> order_for(const std::string& output, std::optional<ArchiveFormat> format) {
    using Format = ArchiveFormat;
    struct Suffix {
        std::string_view suffix;
        std::optional<Format> format;  ///< nullopt: not written here
    };
    constexpr std::array suffixes{Suffix{".tar.gz", Format::tar_gz},
                                  Suffix{".tgz", Format::tar_gz},
                                  Suffix{".tar.zst", Format::tar_zst},
                                  Suffix{".tzst", Format::tar_zst},
                                  Suffix{".zip", Format::zip},
                                  Suffix{".tar", {}},
                                  Suffix{".tar.bz2", {}},
                                  Suffix{".tbz", {}},
                                  Suffix{".tar.xz", {}},
                                  Suffix{".txz", {}},
                                  Suffix{".7z", {}},
                                  Suffix{".rar", {}}};
    const bool folder = is_folder(output);
    std::string name = folder ? std::string() : output;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto named = std::find_if(suffixes.begin(), suffixes.end(),
                                    [&](const Suffix& known) { return name.ends_with(known.suffix); });
    if (named == suffixes.end())
        return PackageOrder{.output = output, .format = format.value_or(Format::tar_gz), .is_folder = folder};
    if (!named->format)
        return Error{ErrorKind::usage, output, "`" + std::string(named->suffix) + "` is not written here",
                     "give it a name that ends in .tar.gz, .tar.zst or .zip, or name a folder"};
    if (format && *format != *named->format)
        return Error{ErrorKind::usage, output,
                     "its name ends in `" + std::string(named->suffix) + "`, and the format is " +
                         std::string(extension_of(*format)),
                     "leave --format out, or name the output *." + std::string(extension_of(*format))};
    return PackageOrder{.output = output, .format = *named->format};
}

Result<void> check_output(const PackageOrder& order) {
    const fs::path output(order.output);
    const fs::path where = order.is_folder ? output : output.has_parent_path() ? output.parent_path() : fs::path(".");
    const auto refuse = [&](std::string detail, std::string remedy) -> Result<void> {
        return Error{ErrorKind::usage, where.string(), std::move(detail), std::move(remedy)};
    };
    if (!is_folder(where)) return refuse("the output folder is not there", "create it, or name another with --output");
    if (::access(where.c_str(), W_OK | X_OK) != 0)
        return refuse("the output folder cannot be written to", "choose another with --output");
    struct stat status {};
    if (!order.is_folder && ::lstat(output.c_str(), &status) == 0)
        return Error{ErrorKind::usage, output.string(), "the file exists and is never overwritten",
                     "name another with --output"};
    std::error_code code;
    const auto space = fs::space(where, code);
    constexpr std::uintmax_t least_space = std::uintmax_t{1} << 20;
    if (!code && space.available < least_space)
        return refuse("less than 1 MiB is free", "make room, or choose another place with --output");
    return {};
}

namespace {

/// All that the manifest will speak of.
Result<Members> members_beside_manifest(const Spool& spool) {
    auto members = spool.members();
    if (members) std::erase(*members, member::manifest);
    return members;
}

/// In the place of an earlier one, if there is one, all or nothing.
Result<void> write_manifest(const Manifest& manifest, Spool& spool, Redaction& redaction) {
    auto xml = to_xml(manifest, redaction);
    if (!xml) return xml.error();
    const std::string member(member::manifest);
    return spool.read(member) ? spool.replace(member, *xml) : spool.write(member, *xml);
}

Result<void> sweep_unclean(const Members& members, Spool& spool, Redaction& redaction, CleanMembers& clean) {
    for (const std::string& member : members) {
        // Most members have nothing in them that was learned later, and stay as they are: making each anew would
        // cost more than all that is done with its text.
        const auto found = clean.scan(member);
        if (!found) return found.error();
        if (found->empty()) continue;
        clean.has_changed(member);
        auto reader = spool.read(member);
        if (!reader) return reader.error();
        auto stream = redaction.second_pass();
        auto swept = spool.rewrite(member, [&](SpoolFile& file) -> Result<void> {
            for (;;) {
                const auto bytes = reader->read();
                if (!bytes) return bytes.error();
                const bool is_last = bytes->empty();
                const auto text = is_last ? stream.finish() : stream.feed(*bytes);
                if (!text) return text.error();
                if (auto written = file.append(*text); !written || is_last) return written;
            }
        });
        if (!swept) return swept;
    }
    return {};
}

}  // namespace

Result<void> sweep(Spool& spool, Redaction& redaction) {
    const auto members = spool.members();
    if (!members) return members.error();
    CleanMembers clean(spool, redaction);
    return sweep_unclean(*members, spool, redaction, clean);
}

Result<void> save_draft(Manifest manifest, Spool& spool, Redaction& redaction) {
    manifest = for_bundle(std::move(manifest), redaction);
    manifest.ended = utc_now();
    manifest.outcome = "interrupted";
    manifest.redaction_verified = "false";
    list_captures(manifest);
    return write_manifest(manifest, spool, redaction);
}

Result<BundleFile> package(Manifest& manifest, Spool& spool, const std::shared_ptr<Redaction>& redaction,
                           const PackageOrder& order) {
    manifest = for_bundle(std::move(manifest), *redaction);
    // What an earlier try left is written anew. The draft of the manifest stays until there is a whole one: whoever
    // kills this process, what was captured can be recovered.
    for (const auto member : {member::schema, member::timeline, member::summary, member::report})
        if (auto dropped = spool.drop(std::string(member)); !dropped) return dropped.error();
    CleanMembers clean(spool, *redaction);
    auto collected = spool.members();
    if (!collected) return collected.error();
    // The draft too: it stays in the spool when packing fails.
    if (auto swept = sweep_unclean(*collected, spool, *redaction, clean); !swept) return swept.error();
    std::erase(*collected, member::manifest);
    if (auto scanned = quarantine(*collected, manifest, spool, *redaction, clean); !scanned) return scanned.error();
    // From what ships: the same text concludes the same whenever it is read again.
    const auto conclusion = conclude(manifest, spool);
    if (!conclusion) return conclusion.error();
    // A search that leaves out what is too common to be searched for has not shown that it is nowhere.
    manifest.redaction_verified =
        order.verified == "true" && !redaction->unsearched().empty() ? "rules-only" : order.verified;
    manifest.rules = redaction->counts();

    auto schema = redaction->vouch(std::string(manifest_schema()), member::schema);
    if (!schema) return schema.error();
    if (auto written = spool.write(std::string(member::schema), *schema); !written) return written.error();
    if (auto written = write_reading_matter(manifest, *conclusion, spool, *redaction); !written) return written.error();
    const auto all = members_beside_manifest(spool);
    if (!all) return all.error();
    if (auto scanned = quarantine(*all, manifest, spool, *redaction, clean); !scanned) return scanned.error();

    auto files = clean.files(*all);
    if (!files) return files.error();
    list_files(manifest, std::move(*files));
    if (auto written = write_manifest(manifest, spool, *redaction); !written) return written.error();
    // What a rule could not clean is missing from some text: no bundle, rather than one that hides it.
    if (const auto failure = redaction->failure()) return *failure;
    return write_archive(spool, archive_order(manifest, order), redaction);
}

}  // namespace formats
