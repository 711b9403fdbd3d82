#include <doctest/doctest.h>

#include <map>
#include <string>

#include "formats/transcript/split.hpp"
#include "two_ends.hpp"

using namespace formats;

namespace {

struct Split {
    TranscriptSplitter splitter{[](std::string_view line) { return EventTable::built_in().stream_of(line); }};
    std::map<std::string, std::string> texts;  ///< by id

    explicit Split(std::string_view log) {
        std::map<std::size_t, std::string> by_index;
        for (const std::string_view line : two_ends::lines_of(log))
            if (const auto capture = splitter.take(line))
                by_index[*capture].append(line.substr(splitter.text_begins())).append("\n");
        for (std::size_t i = 0; i < splitter.captures().size(); ++i) texts[splitter.captures()[i].id] = by_index[i];
    }
    const SplitCapture* find(std::string_view id) const {
        for (const SplitCapture& capture : splitter.captures())
            if (capture.id == id) return &capture;
        return nullptr;
    }
};

}  // namespace

TEST_CASE("a log of an ASA: header, banner, shortened commands, debug between, a prompt that the stream pushed away") {
    const Split split(
        "=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2026.11.18 09:40:51 =~=~=~=~=~=~=~=~=~=~=~=\n"
        "login as: ops\n"
        "fw-hq> en\n"
        "Password: ****\n"
        "fw-hq# sh ver | i Version\n"
        "Cisco Adaptive Security Appliance Software Version 9.1(7)\n"
        "fw-hq# sh cry isa sa\n"
        "\n"
        "There are no isakmp sas\n"
        "fw-hq# deb cry ikev1 127\n"
        "fw-hq# Nov 18 09:42:05 [IKEv1 DEBUG]: IP = 203.0.113.7, processing SA payload\n"
        "Nov 18 09:42:05 [IKEv1]: IP = 203.0.113.7, PHASE 1 COMPLETED\n"
        "show crypto ipsec sa\n"
        "There are no ipsec sas\n"
        "Nov 18 09:42:06 [IKEv1]: IP = 203.0.113.7, PHASE 2 COMPLETED (msgid=ce1b5214)\n"
        "fw-hq# show blocks queue\n"
        "what it says\n"
        "fw-hq# sh run\n");
    CHECK(split.splitter.platform() == "asa");
    CHECK(split.splitter.version() == "9.1(7)");
    CHECK(split.splitter.hostname() == "fw-hq");
    CHECK(split.texts.at("before/show-version") == "Cisco Adaptive Security Appliance Software Version 9.1(7)\n");
    CHECK(split.texts.at("before/show-crypto-isakmp-sa") == "\nThere are no isakmp sas\n");
    CHECK(split.texts.at("debug/debug-crypto") ==
          "Nov 18 09:42:05 [IKEv1 DEBUG]: IP = 203.0.113.7, processing SA payload\n"
          "Nov 18 09:42:05 [IKEv1]: IP = 203.0.113.7, PHASE 1 COMPLETED\n"
          "Nov 18 09:42:06 [IKEv1]: IP = 203.0.113.7, PHASE 2 COMPLETED (msgid=ce1b5214)\n");
    CHECK(split.texts.at("after/show-crypto-ipsec-sa") == "There are no ipsec sas\n");
    REQUIRE(split.find("after/command") != nullptr);
    CHECK_FALSE(split.find("after/command")->is_understood);
    CHECK(split.texts.at("after/command") == "what it says\n");
    // The log ends behind it: that nothing was answered says nothing.
    REQUIRE(split.find("after/show-running-config") != nullptr);
    CHECK_FALSE(split.find("after/show-running-config")->is_ended);
    CHECK(split.find("before/show-version")->is_ended);
}

TEST_CASE("a shell: files by their names, the daemon's lines stay in the answer they stand in") {
    const Split split(
        "root@gw:~# cat /etc/swanctl/conf.d/net.conf\nconnections {\n}\n"
        "[root@gw ~]# tail -5 /var/log/charon.log\n2026-11-18T10:11:53.802 06[IKE] <hq|7> received NO_PROPOSAL_CHOSEN "
        "error notify\n"
        "root@gw:/etc# swanctl --list-sas\n"
        "root@gw:/etc# iptables -t nat -S\n-A POSTROUTING -o eth0 -j MASQUERADE\nroot@gw:/etc#\n");
    CHECK(split.splitter.platform() == "strongswan");
    CHECK(split.find("before/file")->tells == Tells::swanctl_conf);
    CHECK(split.find("before/file-2")->tells == Tells::log);
    CHECK(split.texts.at("before/file-2").find("NO_PROPOSAL") != std::string::npos);
    CHECK(split.find("before/list-sas")->is_ended);
    CHECK(split.find("before/iptables-nat")->tells == Tells::nat_table);
    CHECK(split.texts.count("debug/debug-crypto") == 0);
}

TEST_CASE("prompt look-alikes in an answer are no prompts, and no line is lost") {
    const std::string log =
        "rt#show running-config\nbanner motd ^C\nwho# are you\nx> y\n^C\ninterface Tunnel0\nrt(config)#\nnobody's "
        "line\nrt#show clock\n*10:00:00.000 UTC Wed Nov 18 2026\nrt#\n";
    const Split split(log);
    CHECK(split.texts.at("before/show-running-config") ==
          "banner motd ^C\nwho# are you\nx> y\n^C\ninterface Tunnel0\n");
    CHECK(split.texts.at("before/show-clock") == "*10:00:00.000 UTC Wed Nov 18 2026\n");
    CHECK(split.splitter.unclaimed_lines() == 1);
    CHECK(split.splitter.first_unclaimed() == 8);
}

TEST_CASE("an export without any prompt is a stream, a file without one is what it holds") {
    const Split stream("Nov 18 2026 10:00:09: %ASA-5-713119: IP = 203.0.113.7, PHASE 1 COMPLETED\n");
    CHECK(stream.texts.count("debug/debug-crypto") == 1);
    const Split file("connections {\n  net {\n  }\n}\n");
    CHECK(file.texts.at("before/text") == "connections {\n  net {\n  }\n}\n");
    CHECK(tells_of_text(file.texts.at("before/text")) == Tells::swanctl_conf);
}

TEST_CASE("commands as short as people type them") {
    struct Row {
        std::string typed;
        Tells tells;
    };
    for (const Row& row :
         {Row{"sh cry isa sa", Tells::phase1}, Row{"show crypto isakmp sa detail", Tells::phase1},
          Row{"sh crypto ips sa peer 203.0.113.7", Tells::phase2}, Row{"wr t", Tells::nothing},
          Row{"wri term", Tells::configuration}, Row{"sho run | sec crypto", Tells::configuration},
          Row{"do sh run", Tells::configuration}, Row{"u all", Tells::nothing}, Row{"undeb all", Tells::debug_off},
          Row{"no debug crypto isakmp", Tells::debug_off}, Row{"sudo swanctl --list-sas", Tells::list_sas},
          Row{"cat /etc/ipsec.conf", Tells::ipsec_conf}, Row{"cat /etc/ipsec.secrets", Tells::ipsec_secrets},
          Row{"cat notes.txt", Tells::nothing}, Row{"journalctl -u strongswan", Tells::log},
          Row{"show tech-support", Tells::nothing}}) {
        CAPTURE(row.typed);
        const auto known = known_command(row.typed);
        CHECK((known ? known->tells : Tells::nothing) == row.tells);
    }
}
