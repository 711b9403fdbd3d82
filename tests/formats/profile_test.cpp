#include "formats/platform/profile.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "formats/cisco/show_outputs.hpp"
#include "formats/platform/line_rules.hpp"
#include "formats/platform/roles.hpp"
#include "formats/text/pattern.hpp"

namespace {

const std::string least =
    "name = 'own'\ntitle = 'Own dialect'\n[identify]\nversion-pattern = 'Version (\\S+)'\n"
    "[[show]]\nid = 'show-version'\nline = 'show version'\nfile = 'show-version.txt'\n";

std::string error_of(const std::string& toml) {
    const auto profile = formats::parse_profile(toml, "own.toml");
    if (profile) return "accepted";
    CHECK(profile.error().kind == formats::ErrorKind::usage);
    return profile.error().message();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Folder {
 public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("profiles-" + std::to_string(std::rand()))) {
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
    std::string path() const { return path_.string(); }

 private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the built-in profile for PIX 7 is read whole") {
    const auto profiles = formats::load_profiles("");
    if (!profiles) FAIL(profiles.error().message());
    const formats::Profile* pix7 = formats::find_profile(*profiles, "pix7");
    REQUIRE(pix7 != nullptr);
    CHECK(pix7->origin == "built in");
    CHECK(pix7->title == "PIX and ASA 7.0 to 8.3");
    CHECK(pix7->identify.from_version == "7.0");
    CHECK(pix7->identify.to_version == "8.4");
    CHECK(pix7->prompt.trailing_spaces == 2);
    CHECK(pix7->prompt.leading_cr);
    CHECK(pix7->prompt.priorities.size() == 3);
    CHECK(pix7->login.password_prompts.size() == 3);
    CHECK(pix7->login.stop_questions.size() == 2);
    CHECK(pix7->pager.off == "terminal pager 0");
    CHECK(pix7->refusals.front().outcome == formats::Outcome::denied);
    REQUIRE(pix7->shows.size() > 5);
    CHECK_FALSE(pix7->shows[4].extended);
    CHECK(pix7->shows[5].extended);
    CHECK(pix7->shows[0].line == "write terminal");
    CHECK_FALSE(pix7->shows[0].after);
    CHECK(pix7->shows[0].end == "[OK]");
    CHECK(pix7->shows[1].during);
    CHECK(pix7->debug.scope == formats::Profile::Debug::Scope::session);
    REQUIRE(pix7->debug.items.size() == 2);
    CHECK(pix7->debug.items[0].on == "debug crypto isakmp 127");
    CHECK(pix7->debug.items[0].off == "no debug crypto isakmp");
    CHECK(pix7->debug.condition_since == "8.0");
    CHECK(pix7->sessions.ssh.end == "ssh disconnect {session-id}");
    CHECK(pix7->sessions.most == 5);
    CHECK(pix7->probe.trace_since == "7.2(1)");
    CHECK(pix7->leave.said == "Logoff");
    CHECK(formats::find_profile(*profiles, "nothing") == nullptr);
}

TEST_CASE("IOS names its model in more than one way") {
    const auto profiles = formats::load_profiles("", {"ios"});
    if (!profiles) FAIL(profiles.error().message());
    const auto& pattern = formats::find_profile(*profiles, "ios")->identify.model_pattern;
    for (const auto& row : std::vector<std::pair<std::string, std::string>>{
             {"cisco 2611 (MPC860) processor (revision 0x203) with 61440K/4096K bytes of memory.", "2611"},
             {"Cisco CISCO2911/K9 (revision 1.0) with 483328K/40960K bytes of memory.", "CISCO2911/K9"},
             {"cisco CSR1000V (VXE) processor (revision VXE) with 2190795K/3075K bytes of memory.", "CSR1000V"},
             {"Cisco IOS Software, 2900 Software (C2900-UNIVERSALK9-M), Version 15.2(4)M, RELEASE SOFTWARE (fc1)",
              ""}}) {
        CAPTURE(row.first);
        CHECK(formats::parse_version("x\n" + row.first + "\n", "", pattern).model == row.second);
    }
}

TEST_CASE("every built-in profile can be armed, proven off and told from the others") {
    const auto profiles = formats::load_profiles("");
    if (!profiles) FAIL(profiles.error().message());
    struct Row {
        std::string name, version_output, version;
    };
    const std::vector<Row> rows{
        {"pix6", "Cisco PIX Firewall Version 6.3(4)\nCisco PIX Device Manager Version 3.0(2)\n", "6.3(4)"},
        {"pix7", "Cisco PIX Security Appliance Software Version 7.2(2) \n", "7.2(2)"},
        {"pix7", "Cisco Adaptive Security Appliance Software Version 8.3(2)25 \n", "8.3(2)25"},
        {"asa", "Cisco Adaptive Security Appliance Software Version 8.4(1)11 \n", "8.4(1)11"},
        {"asa", "Cisco Adaptive Security Appliance Software Version 9.6(4)8 <context>\n", "9.6(4)8"},
        {"ios", "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.2(4)M, RELEASE SOFTWARE (fc1)\n",
         "15.2(4)M"},
        {"ios",
         "Cisco IOS XE Software, Version 16.09.04\nCisco IOS Software [Fuji], Virtual XE Software, Version 16.9.4\n",
         "16.09.04"},
        {"ios",
         "Cisco Internetwork Operating System Software\nIOS (tm) C2600 Software (C2600-IK9S-M), Version 12.2(8)T, "
         "RELEASE\n",
         "12.2(8)T"},
        {"", "Cisco IOS XR Software, Version 6.1.2[Default]\n", ""},
        {"strongswan", "strongSwan swanctl 5.9.8\n", "5.9.8"},
        {"", "Cisco Nexus Operating System (NX-OS) Software\n", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.version_output);
        std::string taken;
        for (const auto& profile : *profiles) {
            const auto& identify = profile.identify;
            const auto found =
                formats::parse_version(row.version_output, identify.version_pattern, identify.model_pattern);
            const bool ours =
                !found.version.empty() && formats::compare_versions(found.version, identify.from_version) >= 0 &&
                (identify.to_version.empty() || formats::compare_versions(found.version, identify.to_version) < 0);
            if (!ours) continue;
            CHECK(found.version == row.version);
            CHECK(taken.empty());
            taken = profile.name;
        }
        CHECK(taken == row.name);
    }
    for (const auto& profile : *profiles) {
        CAPTURE(profile.name);
        CHECK((!profile.debug.items.empty() || !profile.debug.follow.empty()));
        for (const auto& item : profile.debug.items)
            for (const std::string& line : {item.on, item.off, "fw#" + item.on, "fw# " + item.off}) {
                // Our own line, echoed late, must not be taken for the device's list.
                CAPTURE(line);
                CHECK_FALSE(formats::find_pattern(item.listed, line));
            }
    }
}

TEST_CASE("a small profile is enough") {
    const auto profile = formats::parse_profile(least, "own.toml");
    if (!profile) FAIL(profile.error().message());
    CHECK(profile->origin == "own.toml");
    CHECK(profile->shows[0].before);
    CHECK(profile->debug.items.empty());
}

TEST_CASE("what is wrong in a profile is said with its place") {
    struct Row {
        std::string toml, place, says;
    };
    const std::vector<Row> rows{
        {least + "[pagr]\n", "own.toml:9:", "did you mean `pager`?"},
        {least + "[pager]\nmrak = 'x'\n", "own.toml:10:1", "did you mean `mark`?"},
        {least + "[pager]\nnext = 'q; reload'\n", "own.toml:10:8", "a blank or a carriage return"},
        {least + "[cpu]\nline = 'show cpu'\npattern = '('\n", "own.toml:11:11", "RE2 refuses"},
        {least + "[cpu]\nline = 'show cpu'\npattern = 'x'\n", "own.toml:11:11", "needs a group"},
        {least + "[[refusal]]\ntext = 'no'\noutcome = 'ok'\n", "own.toml:11:11", "denied, unsupported"},
        {least + "[[refusal]]\ntext = ''\n", "own.toml:10:8", "found in every answer"},
        {least + "[[show]]\nid = 'show-version'\nline = 'show x'\nfile = 'x'\n", "own.toml:10:6", "taken already"},
        {least + "[[show]]\nid = 'x'\nline = 'show x'\nfile = 'show-version.txt'\n", "own.toml:12:8", "taken already"},
        {least + "[[show]]\nid = 'x'\nline = 'show x'\nfile = '../x'\n", "own.toml:12:8", "small letters"},
        {least + "[[show]]\nid = 'x'\nline = 'show x'\nfile = '.x'\n", "own.toml:12:8", "small letters"},
        {least + "[[show]]\nid = 'x'\nline = 'show {nothing}'\nfile = 'x'\n", "own.toml:11:8", "unknown slot"},
        {least + "[[show]]\nid = 'x'\nline = \"show x\\nreload\"\nfile = 'x'\n", "own.toml:11:8", "control character"},
        {least + "[debug]\nscope = 'box'\n", "own.toml:10:9", "session or device"},
        {least + "[debug]\ncondition-on = 'debug crypto condition peer {peer-address}'\n", "own.toml:10:16",
         "without `condition-off`"},
        {least + "[[debug.item]]\nid = 'a'\non = 'debug all'\noff = 'no debug a'\nlisted = 'x'\n", "own.toml:11:6",
         "debug of everything"},
        {least + "[[debug.item]]\nid = 'a'\non = 'debug crypto isakmp 255'\noff = 'no debug "
                 "x'\nlisted = 'x'\n",
         "own.toml:11:6", "254 and 255"},
        {least + "[[debug.item]]\nid = 'a'\non = 'debug x'\n", "own.toml:9:", "`off` is missing"},
        {least + "[[debug.item]]\nid = 'a'\non = 'debug x'\noff = 'no debug x'\nlisted = ''\n", "own.toml:13:10",
         "proven"},
        {least + "[[debug.item]]\nid = 'a'\non = 'debug x'\noff = 'no debug x'\nlisted = 'x'\n",
         "own.toml:9:", "`fence-pattern` is missing"},
        {least + "[prompt]\nname-pattern = '[a-z'\n", "own.toml:10:16", "RE2 refuses"},
        {least + "[prompt]\nname-pattern = '[a-z]+'\nname-characters = '-'\n", "own.toml:10:16",
         "in place of `name-characters`"},
        {least + "[configuration]\nenter = 'configure memory'\nleave = 'exit'\n", "own.toml:10:9",
         "`configure terminal` and nothing else"},
        {least + "[configuration]\nenter = 'configure terminal'\n", "own.toml:10:9", "without `leave`"},
        {least + "[configuration]\nenter = 'configure terminal'\nleave = 'exit'\n", "own.toml:10:9", "without `proof`"},
        {least + "[configuration]\nproof = 'show version'\n", "own.toml:10:9", "without `proof-pattern`"},
        {least + "[configuration]\nproof = 'write terminal'\nproof-pattern = 'sum: (.*)'\n", "own.toml:10:9",
         "no show is this line"},
        {least + "[sessions]\nend = 'clear line vty 0'\n", "own.toml:10:7", "every session"},
        {least + "[prompt]\nlongest = 0\n", "own.toml:10:11", "found 0"},
        {least + "[prompt]\nuser-mark = ''\n", "own.toml:10:13", "is empty"},
        {"title = 'x'\n", "own.toml:1:1", "is missing"},
        {"name = 'auto'\n", "own.toml:1:8", "`auto` is taken"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.toml);
        const std::string error = error_of(row.toml);
        CAPTURE(error);
        CHECK(error.starts_with(row.place));
        CHECK(holds(error, row.says));
    }
}

TEST_CASE("no profile can bring a line that changes a device") {
    using formats::LineUse;
    for (const std::string line : {"configure terminal",
                                   "configuration terminal",
                                   "config terminal",
                                   "conf t",
                                   "config t",
                                   "CONF T",
                                   "write memory",
                                   "wr",
                                   "wr mem",
                                   "write",
                                   "write net",
                                   "write erase",
                                   "reload",
                                   "rel",
                                   "reload in 5",
                                   "copy running-config startup-config",
                                   "cop run start",
                                   "erase startup-config",
                                   "delete flash:x",
                                   "undebug all",
                                   "u all",
                                   "un al",
                                   "no debug all",
                                   "debug all",
                                   "deb all",
                                   "debug",
                                   "debug a",
                                   "debug crypto isakmp 254",
                                   "debug crypto isakmp 255",
                                   "debug crypto isakmp 0255",
                                   "clear crypto isakmp sa",
                                   "clear isakmp",
                                   "cl xlate",
                                   "no access-list 101",
                                   "show run | redirect flash:x",
                                   "show run | tee flash:x",
                                   "show run | append flash:x",
                                   "show run|redirect x",
                                   "show run ; reload",
                                   "show run\rreload",
                                   "show run && reload",
                                   "show $(reload)",
                                   "show `reload`",
                                   "show run > x",
                                   "terminal width 511",
                                   "pager 0",
                                   "failover active",
                                   "do reload",
                                   "tclsh x",
                                   "swanctl --terminate --ike net",
                                   "swanctl --load-all",
                                   "swanctl --reload-settings",
                                   "/usr/sbin/swanctl --flush-certs",
                                   "ipsec stroke loglevel ike 3",
                                   "ipsec stroke loglevel ike 4",
                                   "swanctl --initiate --child net --loglevel 4",
                                   "swanctl --initiate --child net --loglevel 3",
                                   "swanctl --initiate --child net --loglevel 04",
                                   "swanctl --initiate --loglevel 4 --child net",
                                   "swanctl --initiate --child net -l 4",
                                   "",
                                   " show run",
                                   "show run ",
                                   "show {peer-address",
                                   "show peer-address}",
                                   "show {{peer-address}}",
                                   "show {session-id}",
                                   "show \x1b[0m",
                                   "show \xc3\xa9"}) {
        for (const LineUse use : {LineUse::reading, LineUse::debugging, LineUse::probing, LineUse::session}) {
            CAPTURE(line);
            CAPTURE(static_cast<int>(use));
            CHECK_FALSE(formats::check_line(line, use));
        }
    }
    CHECK_FALSE(formats::check_line("show run" + std::string(300, 'x'), LineUse::reading));
}

TEST_CASE("a line that is not known to read is refused, whatever it does") {
    using formats::LineUse;
    for (const std::string line : {"vpn-sessiondb logoff all",
                                   "crypto key zeroize",
                                   "shun 192.0.2.1",
                                   "kill 1",
                                   "test crash",
                                   "tunnel-group x",
                                   "route add x",
                                   "interface x",
                                   "send *",
                                   "rm -rf x",
                                   "sudo reboot",
                                   "ping 192.0.2.1",
                                   "boot system x",
                                   "event manager run x",
                                   "ssh -l root 192.0.2.9",
                                   "telnet 192.0.2.9",
                                   "license x",
                                   "upgrade rom",
                                   "capture x interface y",
                                   "guestshell run rm",
                                   "request platform software system shell",
                                   "monitor capture x",
                                   "exit",
                                   "diag",
                                   "squeeze flash:",
                                   "verify /md5 x",
                                   "default interface x",
                                   "mkdir x",
                                   "rename a b",
                                   "ipsec down x",
                                   "ipsec auto --down x",
                                   "ipsec whack --shutdown",
                                   "dd if=x",
                                   "ip route add 10.0.0.0/8 dev x",
                                   "ip link set x down",
                                   "ip xfrm state flush",
                                   "ip -n x link",
                                   "ip -batch x",
                                   "date -s 12:00",
                                   "date 010203042026",
                                   "date -u 0102",
                                   "more flash:secrets",
                                   "write-terminal",
                                   "showx",
                                   "frobnicate",
                                   "configuration",
                                   "configuration x"}) {
        CAPTURE(line);
        CHECK_FALSE(formats::check_line(line, LineUse::reading));
    }
    for (const std::string line :
         {"ip address show", "ip -s xfrm state", "ip route show table all", "ip xfrm policy list", "date",
          "date -u +%T", "ipsec statusall", "ipsec whack --trafficstatus", "sh ver", "show tech-support ipsec"}) {
        CAPTURE(line);
        CHECK(formats::check_line(line, LineUse::reading));
    }
    for (const std::string line : {"ping 192.0.2.1 repeat 1000000", "ping {probe-destination} repeat 100 timeout 1",
                                   "ping -f 192.0.2.1", "show version", "test x"}) {
        CAPTURE(line);
        CHECK_FALSE(formats::check_line(line, LineUse::probing));
    }
    CHECK_FALSE(formats::check_line("frobnicate {session-id}", LineUse::ending));
    CHECK_FALSE(formats::check_line("show version", LineUse::session));
    CHECK_FALSE(formats::check_line("configuration", LineUse::session));
}

TEST_CASE("a user's profile may name further verbs, but none that is known to change a device") {
    using formats::LineUse;
    const std::vector<std::string> verbs{"display", "get system", "configuration", "reload", "write", "no"};
    CHECK(formats::check_line("display ike sa", LineUse::reading, verbs));
    CHECK(formats::check_line("Display ike sa", LineUse::reading, verbs));
    CHECK(formats::check_line("display x", LineUse::session, verbs));
    CHECK(formats::check_line("get system status", LineUse::reading, verbs));
    for (const std::string line : {"get vpn", "displays", "reload", "write memory", "no shutdown", "configuration x",
                                   "display x > y", "display x ; y"}) {
        CAPTURE(line);
        CHECK_FALSE(formats::check_line(line, LineUse::reading, verbs));
    }
    CHECK_FALSE(formats::check_line("display x", LineUse::debugging, verbs));
    CHECK_FALSE(formats::check_line("display x", LineUse::probing, verbs));
    CHECK(formats::needs_further_verb("display x", LineUse::reading));
    CHECK_FALSE(formats::needs_further_verb("show x", LineUse::reading));

    const std::string profile =
        "name = 'own'\ntitle = 'x'\nfurther-verbs = ['display']\n[identify]\nversion-line = 'display version'\n"
        "version-pattern = '(.*)'\n[[show]]\nid = 'a'\nline = 'display a'\nfile = 'a.txt'\nbefore = true\n";
    const auto read = formats::parse_profile(profile, "own.toml");
    if (!read) FAIL(read.error().message());
    CHECK(read->further_verbs == std::vector<std::string>{"display"});
    std::string without = profile;
    without.erase(without.find("further-verbs"), std::string("further-verbs = ['display']\n").size());
    CHECK_FALSE(formats::parse_profile(without, "own.toml"));
}

TEST_CASE("a reset line is one of a closed list, spelled out, and takes down what its scope says") {
    using formats::LineUse;
    using formats::ResetScope;
    for (const std::string line : {"clear isakmp",
                                   "clear crypto isakmp",
                                   "clear crypto map",
                                   "clear crypto map VPN",
                                   "clear crypto",
                                   "clear crypto ipsec",
                                   "clear crypto ipsec transform-set",
                                   "clear cry ips sa",
                                   "clear crypto ipsec sa ",
                                   "Clear crypto ipsec sa",
                                   "clear crypto ipsec sa peer 203.0.113.7",
                                   "clear crypto ipsec sa peer {probe-source}",
                                   "clear crypto ipsec sa map VPN",
                                   "clear configure all",
                                   "clear xlate state static",
                                   "clear telnet",
                                   "clear ssh",
                                   "no crypto map VPN 10",
                                   "clear xlate\rreload",
                                   "show version",
                                   ""}) {
        CAPTURE(line);
        CHECK_FALSE(formats::check_line(line, LineUse::resetting));
        CHECK_FALSE(formats::scope_of_reset(line));
    }
    CHECK(formats::check_line("clear crypto ipsec sa peer {peer-address}", LineUse::resetting));
    CHECK(formats::scope_of_reset("clear crypto ipsec sa peer {peer-address}") == ResetScope::peer);
    CHECK(formats::scope_of_reset("clear crypto isakmp sa") == ResetScope::all_tunnels);
    CHECK(formats::scope_of_reset("clear xlate local {probe-source}") == ResetScope::source_xlate);
    CHECK(formats::scope_of_reset("clear xlate") == ResetScope::all_xlates);

    const auto with_reset = [](const std::string& scope, const std::string& line) {
        return formats::parse_profile(
            std::string(least) + "\n[[reset]]\nid = \"x\"\nscope = \"" + scope + "\"\nline = \"" + line + "\"\n",
            "own.toml");
    };
    const auto good = with_reset("peer", "clear crypto ikev1 sa {peer-address}");
    if (!good) FAIL(good.error().message());
    REQUIRE(good->resets.size() == 1);
    CHECK(good->resets.front().scope == ResetScope::peer);
    // A wide line must not pass for a narrow one: what it drops would not be asked for.
    CHECK_FALSE(with_reset("peer", "clear crypto ipsec sa"));
    CHECK_FALSE(with_reset("all-tunnels", "clear xlate"));
    CHECK_FALSE(with_reset("everything", "clear xlate"));
    CHECK_FALSE(with_reset("peer", "clear isakmp"));
}

TEST_CASE("the lines that collecting needs are allowed") {
    using formats::LineUse;
    CHECK(formats::check_line("write terminal", LineUse::reading));
    CHECK(formats::check_line("wr t", LineUse::reading));
    CHECK(formats::check_line("show running-config | include debug-trace", LineUse::reading));
    CHECK(formats::check_line("show conn address {probe-source}", LineUse::reading));
    CHECK(formats::check_line("more system:running-config", LineUse::reading));
    CHECK(formats::check_line("debug crypto ikev2 protocol 127", LineUse::debugging));
    CHECK(formats::check_line("no debug crypto ipsec", LineUse::debugging));
    CHECK(formats::check_line("undebug crypto ipsec", LineUse::debugging));
    CHECK(formats::check_line("terminal no monitor", LineUse::debugging));
    CHECK(formats::check_line("debug crypto condition peer {peer-address}", LineUse::debugging));
    CHECK(
        formats::check_line("ping {probe-destination} source {inside-interface} repeat 2 timeout 1", LineUse::probing));
    CHECK(formats::check_line("terminal length 0", LineUse::session));
    CHECK(formats::check_line("exit", LineUse::session));
    CHECK(formats::check_line("swanctl --list-sas", LineUse::reading));
    CHECK(formats::check_line("swanctl --initiate --child net", LineUse::probing));
    CHECK(formats::check_line("swanctl --initiate --child net --loglevel 2", LineUse::probing));
    CHECK(formats::check_line("clear line vty {session-id}", LineUse::ending));
}

TEST_CASE("a user's profiles are added to the built-in ones and may not take their names") {
    const Folder folder;
    folder.write("own.toml", least);
    folder.write("notes.txt", "not a profile");
    const auto profiles = formats::load_profiles(folder.path());
    if (!profiles) FAIL(profiles.error().message());
    REQUIRE(formats::find_profile(*profiles, "own") != nullptr);
    CHECK(formats::find_profile(*profiles, "own")->origin == folder.path() + "/own.toml");
    CHECK(formats::find_profile(*profiles, "pix7") != nullptr);

    std::string taken = least;
    taken.replace(taken.find("'own'"), 5, "'pix7'");
    folder.write("zzz.toml", taken);
    const auto refused = formats::load_profiles(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(holds(refused.error().message(), "zzz.toml"));
    CHECK(holds(refused.error().message(), "`pix7` is taken (built in)"));
    CHECK(formats::load_profiles("/nonexistent/folder"));
    CHECK_FALSE(formats::read_profile(folder.path() + "/absent.toml"));
}

TEST_CASE("who names built-in profiles gets these and the user's, with the names of the others still taken") {
    const auto names = [](const std::vector<formats::Profile>& profiles) {
        std::string text;
        for (const auto& profile : profiles) text += profile.name + " ";
        return text;
    };
    const auto all = formats::load_profiles("");
    REQUIRE(all);
    for (const auto& profile : *all) {
        // Its file has its name: else it could not be told from outside.
        const auto alone = formats::load_profiles("", {profile.name});
        REQUIRE(alone);
        CHECK(names(*alone) == profile.name + " ");
        CHECK(alone->front().digest == profile.digest);
    }
    const Folder folder;
    folder.write("own.toml", least);
    const auto with_own = formats::load_profiles(folder.path(), {"pix7"});
    REQUIRE(with_own);
    CHECK(names(*with_own) == "pix7 own ");
    // A name that is none of theirs may be the user's, or an error that lists them all.
    const auto unknown = formats::load_profiles("", {"pix7", "nothing"});
    REQUIRE(unknown);
    CHECK(names(*unknown) == names(*all));
    std::string taken = least;
    taken.replace(taken.find("'own'"), 5, "'asa'");
    folder.write("zzz.toml", taken);
    const auto refused = formats::load_profiles(folder.path(), {"pix7"});
    REQUIRE_FALSE(refused);
    CHECK(holds(refused.error().message(), "`asa` is taken (built in)"));
}

TEST_CASE("versions are compared as the devices count them") {
    const std::vector<std::string> ascending{"6.3(5)", "7.0",      "7.2(1)", "7.2(4)",   "8.0(2)",    "8.4",
                                             "8.4(1)", "8.4(1)11", "9.1(7)", "9.8(4)15", "9.12(4)67", "16.09.04"};
    for (std::size_t i = 0; i < ascending.size(); ++i)
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CAPTURE(ascending[i]);
            CAPTURE(ascending[j]);
            CHECK(formats::compare_versions(ascending[i], ascending[j]) == (i < j ? -1 : i > j ? 1 : 0));
        }
    CHECK(formats::compare_versions("8.4", "8.4(0)") == 0);
    CHECK(formats::compare_versions(" 7.2(4) ", "7.2(4)") == 0);
    CHECK(formats::compare_versions("16.9.4", "16.09.04") == 0);
    CHECK(formats::compare_versions("12.4(15)", "12.4(15)T") == -1);
    CHECK(formats::compare_versions("12.4(15)T", "12.4(15)") == 1);
    CHECK(formats::compare_versions("", "7.0") == -1);
    CHECK(formats::compare_versions("99999999999999999999", "100000000000000000000") == -1);
}

TEST_CASE("what a show tells is one of a list, and a role that no show has is named with its cost") {
    const std::string table = "[[show]]\nid = 'sas'\nline = 'show crypto ipsec sa'\nfile = 'sas.txt'\n";
    CHECK(holds(error_of(least + table + "tells = 'phase3'\n"),
                "`tells`: expected one of configuration, policies, phase1"));
    CHECK(holds(error_of(least + table + "tells = 'session'\n"), "`tells`: expected one of"));
    const auto costs = [&](const std::string& toml) {
        std::string all;
        const auto profile = formats::parse_profile(toml, "own.toml");
        if (!profile) FAIL(profile.error().message());
        for (const std::string& cost : formats::costs_of_missing_roles(*profile)) all += cost + "\n";
        return all;
    };
    const std::string reset =
        "[[reset]]\nid = 'ipsec'\nscope = 'peer'\nline = 'clear crypto ipsec sa peer {peer-address}'\n";
    CHECK(holds(costs(least), "no show tells `configuration` or `connections` before: "));
    CHECK(holds(costs(least), "no show tells `phase2` or `list-sas` during: "));
    CHECK_FALSE(holds(costs(least), "nothing is ever reset"));
    CHECK(holds(costs(least + reset), "nothing is ever reset"));
    CHECK_FALSE(holds(costs(least + table + "tells = 'phase2'\nduring = true\n" + reset), "phase2"));
    // An extended show is not asked for in every run.
    CHECK(holds(costs(least + table + "tells = 'phase2'\nextended = true\n"),
                "no show tells `phase2` or `list-sas` before"));
    for (const char* name : {"pix6", "pix7", "asa", "ios", "strongswan"}) {
        const auto profiles = formats::load_profiles("");
        REQUIRE(profiles);
        CHECK(formats::costs_of_missing_roles(*formats::find_profile(*profiles, name)).empty());
    }
}
