#include "scenarios/safety_cells.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <set>
#include <sstream>
#include <thread>

#include "formats/bundle/manifest.hpp"

namespace stage {

using nlohmann::json;

std::vector<std::string> run_cells(std::size_t cells, std::size_t most,
                                   const std::function<std::string(std::size_t)>& judge) {
    std::vector<std::string> said(cells);
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(cells, most); ++i)
        workers.emplace_back([&] {
            for (std::size_t cell = next++; cell < cells; cell = next++) {
                try {
                    said[cell] = judge(cell);
                } catch (const std::exception& error) {
                    said[cell] = std::string("the stage failed: ") + error.what();
                }
                if (!said[cell].empty()) std::fprintf(stderr, "cell %zu of %zu: %s\n", cell, cells, said[cell].c_str());
            }
        });
    workers.clear();
    return said;
}

std::size_t cells_at_a_time() {
    if (const char* given = std::getenv("TACBUNDLE_CELLS"))
        return static_cast<std::size_t>(std::max(1, std::atoi(given)));
    return std::max(2U, 6 * std::thread::hardware_concurrency());
}

bool is_sample() { return std::getenv("TACBUNDLE_SAMPLE") != nullptr; }

bool comes_true(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return true;
}

bool both_poll(const Lab& lab) {
    std::map<std::string, int> asked;
    for (const json& entry : lab.log())
        if (entry.at("event") == "line" && entry.at("text") == "show crypto ipsec sa") ++asked[entry.at("side")];
    return asked["left"] > 1 && asked["right"] > 1;
}

std::string debugs_left_on(const Lab& lab) {
    std::string left;
    const json state = lab.control("state");
    for (const char* side : {"left", "right"})
        if (state.at(side).at("debugging").get<bool>()) left += std::string(side) + " is debugging; ";
    std::set<std::string> conditions;
    for (const json& entry : lab.log()) {
        if (entry.value("session", 0) == 0) continue;  // set by the lab itself: a stranger's
        const std::string key = entry.value("side", "") + " " + entry.value("peer", "");
        if (entry.value("event", "") == "condition-on") conditions.insert(key);
        if (entry.value("event", "") == "condition-off") conditions.erase(key);
    }
    for (const std::string& condition : conditions) left += "condition " + condition + "; ";
    return left;
}

std::string sessions_beyond_two(const Lab& lab) {
    std::string said;
    std::map<std::string, std::set<int>> open;
    std::set<std::string> told;
    for (const json& entry : lab.log()) {
        const std::string side = entry.value("side", "");
        auto& sessions = open[side];
        if (entry.value("event", "") == "open") sessions.insert(entry.value("session", 0));
        if (entry.value("event", "") == "close") sessions.erase(entry.value("session", 0));
        // A lost one that the device still holds is the third: the new login that gets rid of it.
        if (sessions.size() > 3 && told.insert(side).second)
            said += side + " had " + std::to_string(sessions.size()) + " sessions of ours; ";
    }
    for (const auto& [side, sessions] : open)
        if (!sessions.empty()) said += side + " still has a session of ours; ";
    return said;
}

std::string invalid_bundle(const Run& run, const Incident& incident) {
    Process verify({program(), "verify", run.bundle}, {}, incident.folder() / "verify.out",
                   incident.folder() / "verify.err");
    return verify.wait() == 0 ? ""
                              : "the bundle is not valid: " + read_text(incident.folder() / "verify.out") +
                                    read_text(incident.folder() / "verify.err");
}

std::string unexplained(const Run& run) {
    const auto manifest = formats::parse_manifest(read_text(run.unpacked / "manifest.xml"));
    if (!manifest) return "no manifest: " + manifest.error().message();
    const std::set<std::string> planned{"before/write-terminal",
                                        "before/show-crypto-isakmp-sa",
                                        "before/show-crypto-ipsec-sa",
                                        "before/show-version",
                                        "before/debug-state",
                                        "debug/debug-crypto",
                                        "during/show-crypto-isakmp-sa",
                                        "during/show-crypto-ipsec-sa",
                                        "after/show-crypto-isakmp-sa",
                                        "after/show-crypto-ipsec-sa",
                                        "after/debug-state"};
    std::string said;
    for (const auto& endpoint : manifest->endpoints) {
        std::set<std::string> missing = planned;
        for (const auto& capture : endpoint.captures) {
            missing.erase(capture.id);
            const bool whole = capture.outcome == formats::Outcome::ok || capture.outcome == formats::Outcome::empty;
            if (!whole && capture.reason.empty()) said += endpoint.name + " " + capture.id + " has no reason; ";
            if (whole && capture.file.empty()) said += endpoint.name + " " + capture.id + " has no file; ";
        }
        for (const std::string& id : missing) said += endpoint.name + " " + id + " is not accounted for; ";
    }
    return said;
}

std::string outcome_of(const Run& run, const std::string& endpoint, const std::string& capture) {
    const auto manifest = formats::parse_manifest(read_text(run.unpacked / "manifest.xml"));
    if (manifest)
        for (const auto& e : manifest->endpoints)
            for (const auto& c : e.captures)
                if (e.name == endpoint && c.id == capture) return std::string(name_of(c.outcome));
    return "not in the manifest";
}

std::string secrets_left(const Incident& incident) {
    std::string said;
    // The incident's own input has none: passwords come from the environment.
    for (const std::string& file : incident.files_with("CANARY")) said += "a secret in " + file + "; ";
    return said;
}

std::string missing_on_terminal(const Run& run) {
    // A control character is spelled out there, and blanks stand where a line was broken.
    const auto in_pieces = [](const std::string& text) {
        std::vector<std::string> pieces(1);
        for (const char c : text) {
            if (c == '\n' || c < ' ' || c > '~')
                pieces.emplace_back();
            else if (c != ' ' || !pieces.back().ends_with(' '))
                pieces.back() += c;
        }
        return pieces;
    };
    std::string shown;
    for (const std::string& piece : in_pieces(run.err)) shown += piece + "\n";
    std::string said;
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);) {
        const auto event = json::parse(line, nullptr, false);
        if (event.is_discarded()) return "stdout holds what is no event: " + line + "; ";
        const bool is_passing = event.value("event", "") == "capture" || event.value("state", "") == "connecting" ||
                                event.value("origin", "") == "text";  // of these the verdict stays
        if (is_passing) continue;
        for (const std::string& piece : in_pieces(event.value("text", "")))
            if (shown.find(piece) == std::string::npos) said += "not on the terminal: \"" + piece + "\"; ";
    }
    return run.out.empty() ? "no event on stdout; " : said;
}

std::vector<fs::path> state_files(const Incident& incident, const std::string& prefix) {
    std::vector<fs::path> found;
    std::error_code none;  // the folder is made by the first run
    for (const auto& entry : fs::directory_iterator(incident.state() / "tacbundle", none))
        if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
    return found;
}

std::vector<int> children_of(int pid) {
    std::vector<int> children;
    std::error_code gone;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::istringstream ids(read_text(task.path() / "children"));
        for (int id = 0; ids >> id;) children.push_back(id);
    }
    return children;
}

bool is_gone(int pid) {
    const std::string status = read_text("/proc/" + std::to_string(pid) + "/stat");
    return status.empty() || status.find(") Z ") != std::string::npos;
}

}  // namespace stage
