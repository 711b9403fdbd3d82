// What stands, and when it has settled: bytes and a clock that is handed in, at every read size.

#include "formats/transcript/standing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "formats/transcript/last_words.hpp"

using formats::Profile;
using formats::Standing;
using Kind = formats::Standing::Kind;
using std::chrono::milliseconds;

namespace {

const std::vector<Profile>& profiles() {
    static const auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    return *loaded;
}

std::vector<const Profile*> spoken(const std::string& name) {
    std::vector<const Profile*> dialects;
    for (const Profile& profile : profiles())
        if (name == "auto" || profile.name == name) dialects.push_back(&profile);
    return dialects;
}

/// A device that says something at a time, and a clock that only the test moves.
struct Device {
    Standing standing;
    Standing::Time now{};
    std::size_t size;
    explicit Device(const std::string& platform, std::size_t read_size) : standing(spoken(platform)), size(read_size) {}
    std::string says(std::string_view bytes) {
        std::string lines;
        for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
            lines += standing.hear(bytes.substr(0, size), now);
        return lines;
    }
    /// Nothing comes for so long; what stands then, where it has settled.
    Kind stands_after(int ms) {
        now += milliseconds{ms};
        standing.stay_quiet(now);
        const auto stand = standing.stand();
        return stand.is_settled ? stand.kind : Kind::nothing;
    }
    Kind kind() const { return standing.stand().kind; }
};

const std::vector<std::size_t> read_sizes{1, 3, 4096};

}  // namespace

TEST_CASE("words of a banner are no questions, and a question is one that has stood as the whole last line") {
    struct Row {
        std::string says;
        int settles_after;  ///< ms
        Kind kind;
    };
    const std::vector<Row> rows{
        {"\r\nUser Access Verification\r\n\r\nUsername: ", 300, Kind::user_question},
        {"\r\nUserName:", 1'000, Kind::user_question},
        {"\r\nCPPM_UserName:", 1'000, Kind::user_question},
        {"\r\nPassword: ", 300, Kind::password_question},
        {"\r\npassword: ", 300, Kind::password_question},
        {"AD Password: ", 1'000, Kind::password_question},
        {"Enter PASSCODE: ", 1'000, Kind::password_question},
        {"admin@192.0.2.1's password: ", 1'000, Kind::password_question},
        {"| Password: ", 1'000, Kind::password_question},
        // A banner may go on.
        {"\r\nStaff only. Forgotten your Password:", 3'000, Kind::password_question},
        {"Use the token; Password: ", 3'000, Kind::password_question},
        {"New Password: ", 1'000, Kind::new_password},
        {"Enter new password: ", 1'000, Kind::new_password},
        {"Retype password: ", 1'000, Kind::new_password},
        {"Proceed with reload? [confirm]", 2'000, Kind::confirmation},
        {"Save? [yes/no]: ", 2'000, Kind::confirmation},
        {"Store key in cache? (y/n, Return cancels connection, i for more info) ", 2'000, Kind::confirmation},
        {"fw-a#reload", 2'000, Kind::half_typed},
        {"fw-a# write er", 2'000, Kind::half_typed},
        {"> ", 3'000, Kind::foreign_prompt},
        {"ops@gw:~$ ", 3'000, Kind::foreign_prompt},
        {"Access granted. Press Return to begin session. ", 500, Kind::press_return},
        {"\r\nPress RETURN to get started.\r\n\r\n\r\n", 500, Kind::press_return},
    };
    for (const Row& row : rows)
        for (const std::size_t size : read_sizes) {
            CAPTURE(row.says);
            CAPTURE(size);
            Device device("ios", size);
            device.says(row.says);
            CHECK(device.kind() == row.kind);
            CHECK_FALSE(device.standing.stand().is_settled);
            CHECK(device.stands_after(row.settles_after - 1) == Kind::nothing);
            CHECK(device.stands_after(1) == row.kind);
            CHECK(device.standing.looks_again() == std::nullopt);
        }
}

TEST_CASE("a question that goes on was none, at whatever byte it was cut") {
    const std::vector<std::string> texts{
        "Example Ltd. Forgotten your Password: call 555-0100.\r\n",
        "Username: is your staff number\r\n",
        "Logins over the last 3 days: 2.  Last login: 09:08:07 UTC Nov 25 2026 from 192.0.2.50\r\n",
        "Last login: Tue Nov 24 09:08:07 2026\r\n",
        "Failed logins since the last login: 0.\r\n",
        "fw-a# is the firewall of the north\r\n",
    };
    for (const std::string& text : texts)
        for (std::size_t cut = 1; cut < text.size(); ++cut) {
            CAPTURE(text.substr(0, cut));
            Device device("asa", 1);
            device.says(text.substr(0, cut));
            // A pause as of a second packet.
            const Kind settled = device.stands_after(120);
            CHECK(settled == Kind::nothing);
            device.says(text.substr(cut));
            CHECK(device.stands_after(10'000) == Kind::nothing);
        }
}

TEST_CASE("a greeting with the word login is none, however long it stands") {
    for (const std::string greeting :
         {"Last login: ", "Logins over the last 3 days: 2.  Last login:", "Failed logins since the last login:"}) {
        CAPTURE(greeting);
        Device device("asa", 1);
        device.says(greeting);
        CHECK(device.stands_after(60'000) == Kind::nothing);
    }
}

TEST_CASE("behind the echo of a line of ours a question is answered at once") {
    for (const std::size_t size : read_sizes) {
        Device device("asa", size);
        device.says("\r\n\rfw-a> ");
        REQUIRE(device.stands_after(0) == Kind::prompt);
        device.standing.learn(device.standing.stand());
        device.standing.take();
        device.standing.type("enable", Standing::Echo::awaited);
        device.says("enable\r\nPassword: ");
        CHECK(device.stands_after(0) == Kind::password_question);
        // Not behind a text of the AAA server.
        device.standing.take();
        device.standing.type("enable", Standing::Echo::awaited);
        device.says("enable\r\nWelcome to TACACS.\r\nPassword: ");
        CHECK(device.stands_after(20) == Kind::nothing);
        CHECK(device.stands_after(280) == Kind::password_question);
    }
}

TEST_CASE("any other unfinished line never settles: the rest of it may come") {
    for (const std::string text : {"rtr1 - authorised use only", "Please wait", "#### authorised use ####",
                                   "%SYS-5-CONFIG_I: Configured from"}) {
        CAPTURE(text);
        Device device("ios", 1);
        device.says(text);
        CHECK(device.stands_after(600'000) == Kind::nothing);
        CHECK(device.standing.is_nothing_asked() == text.starts_with('%'));
    }
}

TEST_CASE("shells have prompts with brackets, blanks and environments, and long names are prompts too") {
    struct Row {
        std::string platform, says, name;
    };
    const std::vector<Row> rows{
        {"strongswan", "[root@gw ~]# ", "[root@gw ~]"},
        {"strongswan", "gw:~ # ", "gw:~ "},
        {"strongswan", "(venv) ops@gw:~$ ", "(venv) ops@gw:~"},
        {"strongswan", "ops@gw:/etc/swanctl$ ", "ops@gw:/etc/swanctl"},
        {"strongswan", "bash-5.2# ", "bash-5.2"},
        {"asa", "\r" + std::string(40, 'a') + ".networks.example.com/vpn-customers/pri/act# ",
         std::string(40, 'a') + ".networks.example.com/vpn-customers/pri/act"},
    };
    for (const Row& row : rows)
        for (const std::size_t size : read_sizes) {
            CAPTURE(row.says);
            Device device(row.platform, size);
            device.says("\r\nwelcome\r\n" + row.says);
            REQUIRE(device.stands_after(300) == Kind::prompt);
            CHECK(device.standing.stand().prompt.name == row.name);
        }
    for (const std::string none : {"total 5 of 7 # ", "[1] 4711# ", "# ", "a b c$ "}) {
        CAPTURE(none);
        Device device("strongswan", 1);
        device.says(none);
        CHECK(device.stands_after(300) != Kind::prompt);
    }
}

TEST_CASE("a failover that changes the prompt in the middle of an answer does not hide its end") {
    for (const std::string after : {"fw1/pri/stby# ", "fw1/pri/actNoFailover# "}) {
        Device device("asa", 1);
        device.says("\rfw1/pri/act# ");
        REQUIRE(device.stands_after(0) == Kind::prompt);
        device.standing.learn(device.standing.stand());
        device.standing.take();
        device.standing.type("show clock", Standing::Echo::awaited);
        CHECK(device.says("show clock\r\n10:11:12.345 UTC\r\n\r" + after) == "10:11:12.345 UTC\n");
        CHECK(device.stands_after(20) == Kind::prompt);
    }
    // The state may stand before the unit; another device's name is none.
    Device device("asa", 1);
    device.says("\rfw1/act/pri# ");
    REQUIRE(device.stands_after(0) == Kind::prompt);
    device.standing.learn(device.standing.stand());
    device.standing.take();
    device.says("\rfw1/stby/pri# ");
    CHECK(device.stands_after(20) == Kind::prompt);
    device.standing.take();
    device.says("\rfw2/act/pri# ");
    CHECK(device.stands_after(20) != Kind::prompt);
}

TEST_CASE("the mark of a page is one whatever blanks and dashes it has") {
    struct Row {
        std::string platform, mark;
    };
    for (const auto& row : std::vector<Row>{{"asa", "<--- More --->"},
                                            {"asa", "<---More--->"},
                                            {"asa", "  <--- More --->  "},
                                            {"pix6", "<- More ->"},
                                            {"ios", " --More-- "},
                                            {"ios", "--More--"},
                                            {"ios", "   --More--   "}}) {
        CAPTURE(row.mark);
        Device device(row.platform, 4096);
        device.says("\r\nline\r\n" + row.mark);
        CHECK(device.standing.stand().is_settled);
        CHECK(device.kind() == Kind::page);
    }
    for (const std::string none : {"<--- More ---> of it", "--More--(42%)", "more"}) {
        Device device("asa", 1);
        device.says(none);
        CHECK(device.kind() != Kind::page);
    }
}

TEST_CASE("log lines of every stamp are known, and none restarts the wait for an answer") {
    const std::vector<std::string> ios{
        "*Nov 25 10:11:12.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
        ".Nov 25 10:11:12: %LINK-3-UPDOWN: Interface",
        "Nov 25 2026 10:11:12.123 UTC: %SYS-5-CONFIG_I: Configured",
        "00:00:46: %LINK-3-UPDOWN: Interface",
        "1d02h: %LINK-3-UPDOWN: Interface",
        "3w4d: %LINK-3-UPDOWN: Interface",
        "000123: %LINK-3-UPDOWN: Interface",
        "000123: *Nov 25 10:11:12.123: %LINK-3-UPDOWN: Interface",
        "%LINK-3-UPDOWN: Interface",
        "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
        "*Nov 25 10:11:12.123: ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...",
    };
    const std::vector<std::string> asa{
        "%ASA-6-302013: Built outbound TCP connection 7",
        "Nov 25 2026 10:11:12: %ASA-6-302013: Built",
        "Nov 25 2026 10:11:12 fw1 : %ASA-6-302013: Built",
        "2026-11-25T10:11:12Z: %ASA-6-302013: Built",
    };
    const auto holds = [](const std::string& platform, const std::string& log) {
        CAPTURE(log);
        for (const std::size_t size : read_sizes) {
            CAPTURE(size);
            Device device(platform, size);
            device.says("\rrtr1#");
            REQUIRE(device.stands_after(300) == Kind::prompt);
            device.standing.learn(device.standing.stand());
            device.standing.take();
            device.standing.type("show clock", Standing::Echo::awaited);
            device.standing.expect_prompt();
            // In the echo, on a line of its own and not; then for an hour.
            CHECK(device.says("show\r\n" + log + "\r\n clo" + log + "\r\nck\r\n") == "");
            const auto asked = device.standing.went_on();
            for (int line = 0; line < 60; ++line) {
                device.now += milliseconds{60'000};
                device.says(log + "\r\n");
            }
            CHECK(device.standing.went_on() == asked);
            CHECK(device.says("10:11:12.345 UTC\r\nrtr1#") == "10:11:12.345 UTC\n");
            CHECK(device.standing.went_on() == device.now);
            CHECK(device.stands_after(30) == Kind::prompt);
            // Behind a prompt it takes nothing away.
            device.says(log + "\r\n");
            CHECK(device.stands_after(0) == Kind::prompt);
        }
    };
    for (const std::string& log : ios) holds("ios", log);
    for (const std::string& log : asa) holds("asa", log);
}

TEST_CASE("a log line that begins on a line of its own does not end the question before it") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Device device("ios", size);
        device.says(
            "\r\nPassword: \r\n00:00:46: %LINK-3-UPDOWN: Interface\r\n\r\n00:00:47: %LINK-3-UPDOWN: Interface\r\n");
        CHECK(device.stands_after(300) == Kind::password_question);
        // Nor does it take away a prompt, the first one too.
        Device prompt("ios", size);
        for (const std::string mode : {">", "#"}) {
            prompt.says("\r\nrtr1" + mode + "\r\n%LINK-3-UPDOWN: Interface\r\n\r\n%LINK-3-UPDOWN: Interface\r\n");
            REQUIRE(prompt.stands_after(0) == Kind::prompt);
            prompt.standing.learn(prompt.standing.stand());
            prompt.standing.take();
        }
        prompt.says("\r\nrtr1#\r\nis no prompt\r\n%LINK-3-UPDOWN: Interface\r\n");
        CHECK(prompt.stands_after(30) == Kind::nothing);
        Device text("ios", size);
        text.says("\r\nPassword: \r\nis your own\r\n00:00:46: %LINK-3-UPDOWN: Interface\r\n");
        CHECK(text.stands_after(3'000) == Kind::nothing);
    }
}

TEST_CASE("a question behind log lines has stood since before them") {
    Device device("ios", 1);
    device.says("Password: ");
    for (int line = 0; line < 10; ++line) {
        device.now += milliseconds{40};
        device.says("*Nov 25 10:11:12.123: %SYS-5-CONFIG_I: Configured\r\n");
    }
    CHECK(device.kind() == Kind::password_question);
    CHECK(device.standing.stand().is_settled);
}

TEST_CASE("a prompt that was taken away is asked for after half a second, and never where an empty line would answer") {
    Device device("ios", 1);
    device.says("rtr1#");
    REQUIRE(device.stands_after(30) == Kind::prompt);
    device.standing.learn(device.standing.stand());
    device.standing.take();
    device.standing.type("show clock", Standing::Echo::awaited);
    device.standing.expect_prompt();
    device.says("show clock\r\n10:11:12\r\nrtr1#some line of a debug\r\n");
    CHECK(device.standing.looks_again() == device.now + milliseconds{500});
    device.stands_after(499);
    CHECK_FALSE(device.standing.is_prompt_wanted());
    device.stands_after(1);
    CHECK(device.standing.is_prompt_wanted());
    device.says("Proceed? [confirm]");
    device.stands_after(10'000);
    CHECK_FALSE(device.standing.is_prompt_wanted());
    device.says("\r\n");
    device.standing.give_up();
    device.stands_after(10'000);
    CHECK_FALSE(device.standing.is_prompt_wanted());
}

TEST_CASE("last words are those since something was typed, without echo, prompt and log lines") {
    Device device("ios", 1);
    device.says("rtr1>");
    REQUIRE(device.stands_after(30) == Kind::prompt);
    device.standing.learn(device.standing.stand());
    device.standing.take();
    device.standing.type("enable", Standing::Echo::awaited);
    device.says("rtr1>enable\r\n%SYS-5-CONFIG_I: Configured\r\n% Error in authentication.\r\n\r\n");
    CHECK(device.standing.last_words() == std::vector<std::string>{"% Error in authentication."});
}

TEST_CASE("what a device says before it closes has its remedy") {
    using formats::Farewell;
    struct Row {
        std::string said;
        Farewell farewell;
    };
    const std::vector<Row> rows{
        {"% Authorization failed.", Farewell::authorization},
        {"Line has invalid autocommand \"length 0\"", Farewell::autocommand},
        {"CLI session limit 32 reached. Exiting.", Farewell::session_limit},
        {"All lines are in use, try again later", Farewell::session_limit},
        {"Too many sessions", Farewell::session_limit},
        {"You are not permitted to connect from this host.", Farewell::not_permitted},
        {"Password required, but none set", Farewell::no_password_set},
        {"Your password has expired.", Farewell::expired},
        {"% Bad passwords", Farewell::credentials},
        {"% Login invalid", Farewell::credentials},
    };
    for (const Row& row : rows) {
        CAPTURE(row.said);
        const auto farewell = formats::farewell_of({"something else", row.said}, spoken("ios"));
        REQUIRE(farewell);
        CHECK(*farewell == row.farewell);
        CHECK_FALSE(formats::remedy_of(*farewell).empty());
    }
    CHECK_FALSE(formats::farewell_of({"Goodbye."}, spoken("ios")));
    CHECK_FALSE(formats::farewell_of({}, spoken("ios")));
}

TEST_CASE("shells of a Firepower are told, with the way to its ASA") {
    const auto* ftd = formats::foreign_shell_in(
        "Cisco Firepower Extensible Operating System (FX-OS) v2.1\nCisco Firepower 2110 Threat Defense v7.0\n");
    REQUIRE(ftd != nullptr);
    CHECK(ftd->way_in.find("diagnostic-cli") != std::string_view::npos);
    const auto* fxos = formats::foreign_shell_in("Cisco Firepower Extensible Operating System (FX-OS) Software\n");
    REQUIRE(fxos != nullptr);
    CHECK(fxos->title != ftd->title);
    CHECK(formats::foreign_shell_in("Cisco Adaptive Security Appliance Software Version 9.8(4)") == nullptr);
}
