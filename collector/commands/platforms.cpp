#include "collector/commands/platforms.hpp"

#include <ostream>

#include "collector/exit_code.hpp"
#include "formats/platform/profile.hpp"
#include "formats/platform/roles.hpp"

namespace collector {

namespace {

constexpr int nothing_wrong = static_cast<int>(ExitCode::complete);
constexpr int bad_usage = static_cast<int>(ExitCode::usage);

void print_indented(std::ostream& out, std::string_view label, const std::string& text) {
    if (!text.empty()) out << "    " << label << text << '\n';
}

void print_profile(std::ostream& out, const formats::Profile& profile) {
    out << profile.name << "  " << profile.title << "  (" << profile.origin << ")\n";
    for (const auto& show : profile.shows) {
        std::string when;
        for (const auto& [asked, word] :
             {std::pair(show.before, "before"), {show.during, "during"}, {show.after, "after"}})
            if (asked) when += (when.empty() ? "" : ", ") + std::string(word);
        if (show.tells != formats::Tells::nothing) when += "; tells " + std::string(name_of(show.tells));
        out << "    shows   " << show.line << "  [" << when << (show.extended ? "; extended set" : "")
            << (show.since.empty() ? "" : "; since " + show.since) << "]\n";
    }
    for (const auto& item : profile.debug.items)
        out << "    debugs  " << item.on << "  [off: " << item.off
            << (item.since.empty() ? "" : "; since " + item.since)
            << (item.until.empty() ? "" : "; until " + item.until) << "]\n";
    print_indented(out, "limits debugs by  ", profile.debug.condition_on);
    print_indented(out, "probes  ", profile.probe.ping);
    print_indented(out, "probes  ", profile.probe.trace);
}

int list(const std::string& folder, std::ostream& out, std::ostream& err) {
    const auto profiles = formats::load_profiles(folder);
    if (!profiles) {
        err << profiles.error().message() << '\n';
        return bad_usage;
    }
    for (const formats::Profile& profile : *profiles) print_profile(out, profile);
    return nothing_wrong;
}

int check(const PlatformsRequest& request, std::ostream& out, std::ostream& err) {
    const auto profile = formats::read_profile(request.check_file);
    if (!profile) {
        err << profile.error().message() << '\n';
        return bad_usage;
    }
    print_profile(out, *profile);
    for (const std::string& cost : formats::costs_of_missing_roles(*profile)) print_indented(out, "lacks   ", cost);
    return nothing_wrong;
}

}  // namespace

int show_platforms(const PlatformsRequest& request, std::ostream& out, std::ostream& err) {
    return request.check_file.empty() ? list(request.folder, out, err) : check(request, out, err);
}

}  // namespace collector
