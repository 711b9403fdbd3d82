#include "formats/analysis/attempts.hpp"

#include <doctest/doctest.h>

#include <string>

#include "negotiation.hpp"

using namespace formats;
using namespace negotiation;

namespace {

/// "sent MM1 [SA V x2]", with "+2" where it came twice more.
std::string told(const IkeMessage& message) {
    std::string text = (message.is_sent ? "sent " : "took ") + label_of(message);
    if (!message.payloads.empty()) text += " [" + message.payloads + "]";
    if (message.repeat_count > 0) text += " +" + std::to_string(message.repeat_count);
    if (message.fragments > 0) text += " of " + std::to_string(message.fragments);
    return text;
}

std::vector<std::vector<std::string>> attempts_in(const std::string& text) {
    const EndEvidence end = end_of("hq", text);
    std::vector<std::vector<std::string>> all;
    for (const Attempt& attempt : attempts_of(events_of(end)).list) {
        std::vector<std::string> messages;
        for (const IkeMessage& message : attempt.messages) messages.push_back(told(message));
        all.push_back(messages);
    }
    return all;
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("payloads of all spellings are one list") {
    CHECK(payloads_in_short("SA (1) + VENDOR (13) + VENDOR (13) + VENDOR (13)") == "SA V x3");
    CHECK(payloads_in_short("HASH SA No ID ID") == "HASH SA No ID x2");
    CHECK(payloads_in_short("KE (4) + NONCE (10) + NAT-D (20) + NAT-D (20)") == "KE No NAT-D x2");
    CHECK(payloads_in_short("") == "");
    CHECK(has_payload("SA KE No", "KE"));
    CHECK(has_payload("N(AUTH_FAILED)", "N"));
    CHECK_FALSE(has_payload("SA KE No", "N"));
}

TEST_CASE("a daemon's two lines are one message, what it repeats is no new one") {
    Charon hq;
    hq.say(0, "IKE", "initiating Main Mode IKE_SA to[7] to 203.0.113.7").sends(0, "ID_PROT request 0 [ SA V V ]");
    hq.takes(0.01, "ID_PROT response 0 [ SA V ]").sends(0.02, "ID_PROT request 0 [ KE No ]");
    for (int i = 1; i < 4; ++i)
        hq.say(2.0 * i, "IKE", "sending retransmit " + std::to_string(i) + " of request message ID 0, seq 2")
            .packet_out(2.0 * i, 500, 396);
    CHECK(attempts_in(hq.text) ==
          std::vector<Messages>{{"sent MM1 [SA V x2]", "took MM2 [SA V]", "sent MM3 [KE No] +3"}});
}

TEST_CASE("a message that arrives once more, and the answer to it, are repeats at the end that answers") {
    Charon branch;
    branch.takes(0, "ID_PROT request 0 [ SA V V ]").sends(0, "ID_PROT response 0 [ SA V ]");
    branch.packet_in(2, 500, 180)
        .say(2, "IKE", "received retransmit of request with ID 0, retransmitting response")
        .packet_out(2, 500, 160);
    branch.takes(4, "ID_PROT request 0 [ SA V V ]")
        .say(4, "IKE", "received retransmit of request with ID 0, retransmitting response")
        .packet_out(4, 500, 160);
    const auto attempts = attempts_in(branch.text);
    REQUIRE(attempts.size() == 1);
    REQUIRE(attempts[0].size() == 2);
    CHECK(attempts[0][0].starts_with("took MM1 [SA V x2] +"));
    CHECK(attempts[0][1] == "sent MM2 [SA V] +2");
}

TEST_CASE("fragments are the message that they are put together to") {
    Charon branch;
    branch.takes(0, "IKE_SA_INIT request 0 [ SA KE No ]").sends(0, "IKE_SA_INIT response 0 [ SA KE No ]");
    branch.takes(0.1, "IKE_AUTH request 1 [ EF(1/2) ]", 1236, 4500)
        .takes(0.1, "IKE_AUTH request 1 [ EF(2/2) ]", 180, 4500)
        .say(0.1, "ENC", "parsed IKE_AUTH request 1 [ IDi CERT AUTH ]");
    branch.say(0.2, "ENC", "generating IKE_AUTH response 1 [ IDr CERT AUTH ]")
        .say(0.2, "ENC", "generating IKE_AUTH response 1 [ EF(1/2) ]")
        .say(0.2, "ENC", "generating IKE_AUTH response 1 [ EF(2/2) ]")
        .packet_out(0.2, 4500, 1236)
        .packet_out(0.2, 4500, 100);
    CHECK(attempts_in(branch.text) ==
          std::vector<Messages>{{"took IKE_SA_INIT request [SA KE No]", "sent IKE_SA_INIT response [SA KE No]",
                                 "took IKE_AUTH request [IDi CERT AUTH] of 2",
                                 "sent IKE_AUTH response [IDr CERT AUTH] of 2"}});
}

TEST_CASE("a message that cannot be read is a message all the same") {
    Charon branch;
    branch.takes(0, "ID_PROT request 0 [ KE No ]").sends(0, "ID_PROT response 0 [ KE No ]");
    branch.packet_in(0.1, 4500, 108)
        .say(0.1, "ENC", "invalid ID_V1 payload length, decryption failed?")
        .say(0.1, "IKE", "ID_PROT request with message ID 0 processing failed");
    CHECK(attempts_in(branch.text) == std::vector<Messages>{{"took MM3 [KE No]", "sent MM4 [KE No]", "took MM5"}});
}

TEST_CASE("another group asked for is the same attempt; the device's own numbers part attempts that are interleaved") {
    Charon hq;
    hq.say(0, "IKE", "initiating IKE_SA to[7] to 203.0.113.7").sends(0, "IKE_SA_INIT request 0 [ SA KE No ]", 516);
    hq.takes(0.01, "IKE_SA_INIT response 0 [ N(INVAL_KE) ]", 38)
        .say(0.01, "IKE", "peer didn't accept DH group MODP_2048, it requested MODP_3072");
    Charon other = hq;
    other.number = "8";
    other.peer = "192.0.2.9";
    other.text.clear();
    other.sends(0.02, "IKE_SA_INIT request 0 [ SA KE No ]", 516);
    hq.text += other.text;
    hq.say(0.03, "IKE", "initiating IKE_SA to[7] to 203.0.113.7")
        .sends(0.03, "IKE_SA_INIT request 0 [ SA KE No ]", 644);
    CHECK(attempts_in(hq.text) ==
          std::vector<Messages>{{"sent IKE_SA_INIT request [SA KE No]", "took IKE_SA_INIT response [N(INVAL_KE)]",
                                 "sent IKE_SA_INIT request [SA KE No]"},
                                {"sent IKE_SA_INIT request [SA KE No]"}});
}

TEST_CASE("what a daemon prints without numbers begins anew where it says so") {
    std::string text;
    for (int i = 0; i < 2; ++i)
        text +=
            "[IKE] initiating IKE_SA to[5] to 203.0.113.7\n[ENC] generating IKE_SA_INIT request 0 [ SA KE No ]\n"
            "[NET] sending packet: from 198.51.100.1[500] to 203.0.113.7[500] (464 bytes)\n"
            "[NET] received packet: from 203.0.113.7[500] to 198.51.100.1[500] (36 bytes)\n"
            "[ENC] parsed IKE_SA_INIT response 0 [ N(NO_PROP) ]\n";
    CHECK(attempts_in(text) ==
          std::vector<Messages>{{"sent IKE_SA_INIT request [SA KE No]", "took IKE_SA_INIT response [N(NO_PROP)]"},
                                {"sent IKE_SA_INIT request [SA KE No]", "took IKE_SA_INIT response [N(NO_PROP)]"}});
}

TEST_CASE("a router's states tell which message each line is, before and behind the number of the attempt") {
    const std::string at = "*Nov 18 11:02:01.004: ISAKMP";
    const std::string initiator =
        at + ":(0): beginning Main Mode exchange\n" + at +
        ":(0): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_NO_STATE\n" + at +
        " (0): received packet from 198.51.100.1 dport 500 sport 500 Global (I) MM_NO_STATE\n" + at +
        ":(0): processing SA payload. message ID = 0\n" + at +
        ":(0): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_SA_SETUP\n" + at +
        " (0): received packet from 198.51.100.1 dport 500 sport 500 Global (I) MM_SA_SETUP\n" + at +
        ":(0): processing KE payload. message ID = 0\n" + at +
        ":(1002): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_KEY_EXCH\n" + at +
        ":(1002): retransmitting phase 1 MM_KEY_EXCH...\n" + at +
        ":(1002): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_KEY_EXCH\n";
    CHECK(attempts_in(initiator) ==
          std::vector<Messages>{{"sent MM1", "took MM2 [SA]", "sent MM3", "took MM4 [KE]", "sent MM5 +1"}});
    const std::string responder =
        at + " (0): received packet from 203.0.113.7 dport 500 sport 500 Global (N) NEW SA\n" + at +
        ":(0): sending packet to 203.0.113.7 my_port 500 peer_port 500 (R) MM_SA_SETUP\n" + at +
        " (0): received packet from 203.0.113.7 dport 500 sport 500 Global (R) MM_SA_SETUP\n" + at +
        ":(1003): sending packet to 203.0.113.7 my_port 500 peer_port 500 (R) MM_KEY_EXCH\n" + at +
        " (1003): received packet from 203.0.113.7 dport 4500 sport 4500 Global (R) MM_KEY_EXCH\n" + at +
        ":(1003): sending packet to 203.0.113.7 my_port 4500 peer_port 4500 (R) MM_KEY_EXCH\n" + at +
        " (1003): received packet from 203.0.113.7 dport 4500 sport 4500 Global (R) QM_IDLE\n" + at +
        ": set new node -1941835610 to QM_IDLE\n" + at + ":(1003): processing HASH payload. message ID = 2353131686\n" +
        at + ":(1003): processing SA payload. message ID = 2353131686\n" + at +
        ":(1003):Sending NOTIFY PROPOSAL_NOT_CHOSEN protocol 3\n    spi 7, message ID = 99\n" + at +
        ":(1003): sending packet to 203.0.113.7 my_port 4500 peer_port 4500 (R) QM_IDLE\n";
    CHECK(attempts_in(responder) ==
          std::vector<Messages>{{"took MM1", "sent MM2", "took MM3", "sent MM4", "took MM5", "sent MM6",
                                 "took QM1 [HASH SA]", "sent informational [N(PROPOSAL_NOT_CHOSEN)]"}});
}

TEST_CASE("a firewall that numbers nothing is read by the peer and by what its messages hold") {
    const auto line = [](const std::string& peer, const std::string& words) {
        return "Nov 18 09:42:05 [IKEv1]: IP = " + peer + ", IKE_DECODE " + words + "\n";
    };
    const std::string sa = "Message (msgid=0) with payloads : HDR + SA (1) + VENDOR (13) + NONE (0) total length : 148",
                      ke = "Message (msgid=0) with payloads : HDR + KE (4) + NONCE (10) + NONE (0) total length : 256";
    std::string text = line("203.0.113.7", "SENDING " + sa) + line("192.0.2.9", "RECEIVED " + sa) +
                       line("203.0.113.7", "RECEIVED " + sa) + line("203.0.113.7", "SENDING " + ke) +
                       line("203.0.113.7", "RESENDING " + ke) + line("192.0.2.9", "SENDING " + sa) +
                       line("192.0.2.9", "RECEIVED " + sa);
    CHECK(attempts_in(text) == std::vector<Messages>{{"sent MM1 [SA V]", "took MM2 [SA V]", "sent MM3 [KE No] +1"},
                                                     {"took MM1 [SA V] +1", "sent MM2 [SA V]"}});
}

TEST_CASE("records of IKEv2 on several lines are one message with its SPIs") {
    const std::string text =
        "IKEv2-PROTO-4: (12): Sending Packet [To 203.0.113.7:500/From 198.51.100.1:500/VRF i0:f0]\n"
        "(12): Initiator SPI : 9B2AD5F6EC0CBB2B - Responder SPI : 0000000000000000 Message id: 0\n"
        "(12): IKEv2 IKE_SA_INIT Exchange REQUESTIKEv2-PROTO-5: (12): Next payload: SA\n"
        "IKEv2-PROTO-4: (12): Received Packet [From 203.0.113.7:500/To 198.51.100.1:500/VRF i0:f0]\n"
        "(12): Initiator SPI : 9B2AD5F6EC0CBB2B - Responder SPI : 11AA22BB33CC44DD Message id: 0\n"
        "(12): IKEv2 IKE_SA_INIT Exchange RESPONSE\n";
    CHECK(attempts_in(text) == std::vector<Messages>{{"sent IKE_SA_INIT request", "took IKE_SA_INIT response"}});
    const EndEvidence end = end_of("hq", text);
    const Attempts attempts = attempts_of(events_of(end));
    REQUIRE(attempts.list.size() == 1);
    CHECK(attempts.list[0].ike_spis == std::vector<std::uint64_t>{0x9B2AD5F6EC0CBB2B, 0x11AA22BB33CC44DD});
}

TEST_CASE("without end, attempts and messages are kept from the beginning and from the end") {
    std::string text;
    for (int i = 0; i < 400; ++i) {
        Charon one;
        one.number = std::to_string(i + 1);
        text += one.sends(0, "IKE_SA_INIT request 0 [ SA KE No ]").text;
    }
    Charon last;
    last.number = "9999";
    for (int i = 0; i < 400; ++i)
        last.sends(1, "INFORMATIONAL_V1 request " + std::to_string(1000 + i) + " [ HASH N(DPD) ]");
    const EndEvidence end = end_of("hq", text + last.text);
    const Attempts attempts = attempts_of(events_of(end));
    CHECK(attempts.list.size() == Attempts::most_attempts);
    CHECK(attempts.dropped == 401 - Attempts::most_attempts);
    CHECK(attempts.list.front().number == "1");
    CHECK(attempts.list.back().number == "9999");
    CHECK(attempts.list.back().messages.size() == Attempt::most_messages);
    CHECK(attempts.list.back().dropped == 400 - Attempt::most_messages);
}
