#include "scenarios/procedure_witness.hpp"

#include <algorithm>
#include <stdexcept>

namespace stage {

using nlohmann::json;

Lines operator+(Lines a, const Lines& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += "[" + line + "]";
    return text;
}

Lines cleared(const Lab& lab, const std::string& side) {
    Lines lines;
    for (const json& entry : lab.log())
        if (entry.value("event", "") == "line" && entry.value("side", "") == side &&
            entry.value("text", "").starts_with("clear "))
            lines.push_back(entry.value("text", ""));
    return lines;
}

std::size_t count(const Lab& lab, const std::string& event) {
    const auto log = lab.log();
    return static_cast<std::size_t>(
        std::count_if(log.begin(), log.end(), [&](const json& entry) { return entry.value("event", "") == event; }));
}

bool debugs_were_on(const Lab& lab, const std::string& side) {
    int on = 0;
    for (const json& entry : lab.log()) {
        if (entry.value("side", "") != side) continue;
        if (entry.value("event", "") == "debug-on") ++on;
        if (entry.value("event", "") == "debug-off") --on;
        if (entry.value("event", "") == "clear" && on != 2) return false;
    }
    return true;
}

std::string unannounced(const Lab& lab, const std::string& plan) {
    std::string said;
    for (const json& entry : lab.log())
        if (const std::string line = entry.value("text", "");
            entry.value("event", "") == "line" && !line.empty() && !is_announced(plan, line))
            said += "sent and not announced: " + line + "; ";
    return said;
}

formats::Manifest manifest_of(const Run& run) {
    auto manifest = formats::parse_manifest(stage::read_text(run.unpacked / "manifest.xml"));
    if (!manifest) throw std::runtime_error(manifest.error().message());
    return std::move(*manifest);
}

bool has_finding(const formats::Manifest& manifest, const std::string& id) {
    return std::any_of(manifest.findings.begin(), manifest.findings.end(),
                       [&](const auto& finding) { return finding.id == id; });
}

}  // namespace stage
