// What an answer to `show debug` proves: only one that is understood from end to end says that nothing is on.

#include "formats/transcript/debug_state.hpp"

#include <doctest/doctest.h>

using formats::DebugState;
using Verdict = formats::DebugState::Verdict;

namespace {

const formats::Profile& profile(std::string_view name) {
    static const auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    const auto* found = formats::find_profile(*loaded, name);
    REQUIRE(found);
    return *found;
}

struct Row {
    std::string platform, answer;
    Verdict verdict;
    std::vector<std::string> items = {};
    bool others = false;
};

}  // namespace

TEST_CASE("an answer to show debug proves what it says, and nothing else does") {
    const std::string xe_frames =
        "IOSXE Conditional Debug Configs:\n\nConditional Debug Global State: Stop\n\n\nIOSXE Packet Tracing "
        "Configs:\n\n\n"
        "Packet Infra debugs:\n\nIp Address                                               Port\n"
        "------------------------------------------------------|----------\n\n";
    const std::vector<Row> rows{
        // Nothing on.
        {"pix6", "", Verdict::none},
        {"pix7", "\n", Verdict::none},
        {"asa", "", Verdict::none},
        {"ios", "\n\n", Verdict::none},
        {"ios", xe_frames, Verdict::none},
        {"ios",
         "Load for five secs: 1%/0%; one minute: 1%; five minutes: 1%\nTime source is NTP, 10:11:12.123 UTC Mon Nov 30 "
         "2026\n\n",
         Verdict::none},
        {"pix7", "%PIX-6-302013: Built outbound TCP connection 12 for outside:192.0.2.1/80\n", Verdict::none},
        {"ios", "*Nov 30 10:11:12.123: %SYS-5-CONFIG_I: Configured from console by vty0\n", Verdict::none},
        // Ours, in every dress.
        {"ios",
         "Cryptographic Subsystem:\n  Crypto ISAKMP debugging is on\n  Crypto IPSEC debugging is on\n\n",
         Verdict::listed,
         {"isakmp", "ipsec"}},
        {"ios", "Crypto ISAKMP debugging is on\n", Verdict::listed, {"isakmp"}},
        {"ios", "  CRYPTO IPSEC DEBUGGING IS ON\n", Verdict::listed, {"ipsec"}},
        {"ios", "ISAKMP (0:1): processing SA payload   Crypto ISAKMP debugging is on\n", Verdict::listed, {"isakmp"}},
        {"ios",
         "*Nov 30 10:11:12.123: %SYS-5-CONFIG_I: Configured  Crypto ISAKMP debugging is on\n",
         Verdict::listed,
         {"isakmp"}},
        {"ios", xe_frames + "Cryptographic Subsystem:\n  Crypto IPSEC debugging is on\n", Verdict::listed, {"ipsec"}},
        {"pix7", "  debug crypto isakmp enabled at level 127\n", Verdict::listed, {"isakmp"}},
        {"pix7", "DEBUG CRYPTO IPSEC ENABLED AT LEVEL 127\n", Verdict::listed, {"ipsec"}},
        {"pix7", "%PIX-6-302013: Built debug crypto ipsec enabled at level 1\n", Verdict::listed, {"ipsec"}},
        {"asa",
         "debug crypto ikev1 enabled at level 127\ndebug crypto ikev2 platform enabled at level 1\n",
         Verdict::listed,
         {"ikev1", "ikev2-platform"}},
        {"pix6", "return status is IKMP_NO_ERRORdebug crypto isakmp 1\n", Verdict::listed, {"isakmp"}},
        {"pix6", " debug crypto ipsec 1\n", Verdict::listed, {"ipsec"}},
        {"ios", "Command authorization failed.\n  Crypto ISAKMP debugging is on\n", Verdict::listed, {"isakmp"}},
        // Of others.
        {"ios", "IP routing:\n  IP routing debugging is on\n", Verdict::none},
        {"ios", "Cryptographic Subsystem:\n  Crypto Engine debugging is on\n", Verdict::none, {}, true},
        {"pix7", "debug icmp trace enabled at level 1\n", Verdict::none},
        {"pix7", "debug crypto ca enabled at level 1\n", Verdict::none, {}, true},
        {"pix6", "debug icmp trace\n", Verdict::none},
        {"pix6", "debug crypto ca 1\n", Verdict::none, {}, true},
        // Refusals, known ones and those of any kind.
        {"ios", "Command authorization failed.\n", Verdict::refused},
        {"ios", "ISAKMP (0): beginning Main Mode exchangeCommand authorization failed.\n", Verdict::refused},
        {"ios", "% Authorization failed.\n", Verdict::refused},
        {"ios", "            ^\n% Invalid input detected at '^' marker.\n", Verdict::unclear},
        {"ios", "% Error: no response from AAA server\n", Verdict::unclear},
        {"ios", "% Bad command\n", Verdict::unclear},
        {"ios", "Command rejected:\n", Verdict::unclear},
        {"pix7", "ERROR: % Invalid input detected at '^' marker.\n", Verdict::refused},
        {"pix7", "ERROR: AAA server not responding\n", Verdict::refused},
        {"pix7", "Fallback authorization. Username 'pix' not in LOCAL database\n", Verdict::unclear},
        {"pix6", "Type help or '?' for a list of available commands.\n", Verdict::refused},
        {"pix6", "Command Ignored, Configuration in progress\n", Verdict::unclear},
        // Pieces of a stream, and of a list.
        {"pix7", "Mar 09 14:02:13 [IKEv1]: IP = 203.0.113.1, more\n", Verdict::unclear},
        {"ios", "Cryptographic Subsystem:\n", Verdict::unclear},
        {"ios", "Crypto ISAKMP debugging i\n", Verdict::unclear},
        {"pix6", "debug crypto isakmp\n", Verdict::unclear},
        {"pix7", "debug crypto isakmp ena\n", Verdict::unclear},
    };
    for (const Row& row : rows) {
        CAPTURE(row.platform);
        CAPTURE(row.answer);
        const DebugState state = formats::read_debug_state(profile(row.platform), row.answer);
        CHECK(state.verdict == row.verdict);
        CHECK(state.items == row.items);
        CHECK(state.others == row.others);
        CHECK((state.verdict == Verdict::none) <= state.words.empty());
    }
}

TEST_CASE("what a device prints of itself need not be understood, but what is glued to it counts") {
    const auto said = [&](std::string_view beside) { return formats::read_debug_state(profile("ios"), "\n", beside); };
    CHECK(said("hq#*Nov 30 10:11:12.123: %SYS-5-CONFIG_I: Configured from console\nhq#G_I: Configured\n").verdict ==
          Verdict::none);
    CHECK(said("hq#*Nov 30 10:11:12.123: ISAKMP: x  Crypto ISAKMP debugging is on\n").items ==
          std::vector<std::string>{"isakmp"});
    CHECK(said("*Nov 30 10:11:12.123: %SYS-5-CONFIG_I: ConfiguredCommand authorization failed.\n").verdict ==
          Verdict::refused);
}

TEST_CASE("every beginning of a list that shows our items proves nothing off, but for an empty one") {
    const std::vector<std::pair<std::string, std::string>> lists{
        {"ios", "Cryptographic Subsystem:\n  Crypto ISAKMP debugging is on\n"},
        {"pix6", "debug crypto isakmp 1\n"},
        {"pix7", "debug crypto isakmp enabled at level 127\n"},
        {"asa", "debug crypto ikev2 protocol enabled at level 127\n"}};
    for (const auto& [platform, list] : lists)
        for (std::size_t size = 1; size <= list.size(); ++size) {
            const std::string part = list.substr(0, size);
            CAPTURE(part);
            CHECK(formats::read_debug_state(profile(platform), part).verdict != Verdict::none);
        }
}
