// Devices that greet, ask and refuse in other ways than most: what stands there is known before anything is typed.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scenarios/stage.hpp"

using nlohmann::json;
using stage::Incident;
using stage::Lab;
using stage::Run;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct Row {
    std::string fault;
    int exit;
    std::string says;   ///< on stderr
    std::string never;  ///< an event of the lab's log
};

Run check(const Lab& lab, const std::string& endpoint_lines = {}) {
    Incident incident(lab);
    incident.sides = {"left"};
    incident.endpoint_lines["hq"] = endpoint_lines;
    return incident.run("check");
}

bool happened(const Lab& lab, const std::string& event) {
    for (const json& entry : lab.log())
        if (entry.value("event", "") == event ||
            (entry.value("event", "") == "line" && entry.value("text", "") == event))
            return true;
    return false;
}

}  // namespace

TEST_CASE("an odd device is logged in to, or left alone with what it says") {
    const std::vector<Row> rows{
        {"silent-until-key", 0, "", ""},
        {"question", 4, "Proceed with reload? [confirm]", "answered"},
        {"question=Save the configuration? [yes/no]: ", 4, "Save the configuration?", "answered"},
        {"half-typed", 0, "", "reload"},
        {"says-and-ends", 4, "% Authorization failed.", ""},
        {"says-and-ends=Line has invalid autocommand \"length 0\"", 4, "autocommand is set", ""},
        {"says-and-ends=Too many sessions, try later", 4, "its sessions or lines are taken", ""},
        {"password-expired", 4, "the password has expired", "answered"},
        {"pause-in-banner=40000", 0, "", ""},
        {"slow-aaa=60000", 0, "", ""},
        {"enable-asks", 0, "", ""},
        {"enable-asks=AD Password: ", 0, "", ""},
        {"enable-asks=Username: ", 0, "", ""},
        {"only-enable", 0, "", ""},
    };
    for (const std::string device : {"pix7", "ios"})
        for (const Row& row : rows)
            for (const bool one_byte : {false, true}) {
                if (one_byte && row.fault.find("slow") != std::string::npos) continue;
                CAPTURE(device);
                CAPTURE(row.fault);
                CAPTURE(one_byte);
                std::vector<std::string> arguments{"--time-scale", "0.1",     "--left",
                                                   device,         "--fault", "left:" + row.fault};
                if (one_byte) arguments.emplace_back("--one-byte");
                const Lab lab(arguments);
                const Run run = check(lab);
                CAPTURE(run.err);
                CHECK(run.exit == row.exit);
                if (!row.says.empty()) CHECK(has(run.err, row.says));
                if (!row.never.empty()) CHECK_FALSE(happened(lab, row.never));
            }
}

TEST_CASE("a platform that is named is believed where it refuses `show version`, and that capture is denied") {
    const Lab lab({"--time-scale", "0.1", "--fault", "left:refused-line"});
    Incident incident(lab);
    incident.sides = {"left"};
    incident.endpoint_lines["hq"] = "platform = \"pix7\"";
    incident.arguments = {"--no-debug", "--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 3);
    REQUIRE_FALSE(run.bundle.empty());
    CHECK(has(stage::read_text(run.unpacked / "manifest.xml"), "outcome=\"denied\""));
    CHECK_FALSE(stage::read_text(run.unpacked / "endpoints/hq/before/write-terminal.txt").empty());

    Incident unnamed(lab);
    unnamed.sides = {"left"};
    const Run none = unnamed.run("check");
    CHECK(none.exit == 4);
    CHECK(has(none.err, "name its `platform`"));
}

TEST_CASE("a listening session outlives a `before` step that is longer than the device's idle timeout") {
    const Lab lab({"--idle-timeout", "5", "--fault", "left:slow-line=3500@show crypto"});
    Incident incident(lab);
    incident.sides = {"left"};
    incident.top = "debug-window = \"10s\"\nsettle = \"100ms\"\n";
    incident.arguments = {"--probe", "none"};
    const Run run = incident.run();
    CAPTURE(run.err);
    CHECK(run.exit == 0);
    CHECK(has(run.err, "armed and proven"));
    CHECK_FALSE(has(run.err, "is lost"));
}
