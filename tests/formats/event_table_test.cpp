#include "formats/analysis/event_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "embedded/event_tables.hpp"
#include "formats/analysis/event_reader.hpp"
#include "formats/embedded_file.hpp"

using namespace formats;

namespace {

std::vector<Event> events_of(std::string_view text, std::size_t chunk = 0) {
    EventReader reader;
    reader.begin(0);
    if (chunk == 0)
        reader.feed(text);
    else
        for (std::size_t at = 0; at < text.size(); at += chunk) reader.feed(text.substr(at, chunk));
    reader.end();
    return reader.take();
}

std::string error_of(const std::string& toml) {
    EventTable table;
    const auto added = table.add(toml, "own.toml");
    return added ? std::string() : added.error().message();
}

const std::string head = "dialect = \"own\"\nstream = '^hello'\ncommon = []\n[[event]]\n";

}  // namespace

TEST_CASE("the event tables that the program carries are in order") {
    for (const EmbeddedFile& file : embedded::event_tables()) {
        EventTable table;
        const auto added = table.add(file.bytes, std::string(file.name));
        CAPTURE((added ? std::string() : added.error().message()));
        CHECK(added);
    }
}

TEST_CASE("every row of the event tables finds its example and not its lookalike, among all rows") {
    const EventTable& table = EventTable::built_in();
    CHECK(table.dialects().size() == 5);
    REQUIRE(table.rows().size() > 150);
    for (const EventRow& row : table.rows()) {
        CAPTURE(row.example);
        const auto event = table.read(row.example);
        REQUIRE(event);
        CHECK(name_of(event->kind) == name_of(row.kind));
        CAPTURE(row.lookalike);
        const auto other = table.read(row.lookalike);
        CHECK((!other || other->row != event->row));
    }
}

TEST_CASE("an event table that is wrong says where and what") {
    struct Row {
        std::string toml, place, words;
    };
    const std::string good =
        "event = \"started\"\npattern = 'hello (?P<peer>\\S+)'\nsource = \"read, x\"\nexample = \"hello "
        "you\"\nlookalike = \"bye\"\n";
    CHECK(error_of(head + good).empty());
    const auto with = [&](const std::string& what, const std::string& instead) {
        std::string text = head + good;
        text.replace(text.find(what), what.size(), instead);
        return text;
    };
    for (const Row& row : {Row{with("\"started\"", "\"begun\""), "own.toml:5:9", "no kind of event"},
                           Row{with("hello (?P<peer>\\S+)", "hello ("), "own.toml:6:11", "missing"},
                           Row{with("(?P<peer>", "(?P<who>"), "own.toml:6:11", "`who` is no slot"},
                           Row{with("hello (?P<peer>\\S+)", "(?P<peer>\\S+)"), "own.toml:6:11", "no literal text"},
                           Row{with("hello you", "hallo you"), "own.toml:6:11", "its own example"},
                           Row{with("\"bye\"", "\"hello me\""), "own.toml:6:11", "finds its lookalike"},
                           Row{with("read, x", "seen, x"), "own.toml:7:10", "read, measured or known"},
                           Row{with("lookalike", "lookslike"), "own.toml", "lookalike"}}) {
        CAPTURE(row.toml);
        const std::string error = error_of(row.toml);
        CHECK(error.find(row.place) != std::string::npos);
        CHECK(error.find(row.words) != std::string::npos);
    }
}

TEST_CASE("records over several lines are joined, those that run together are cut apart, whatever the chunks") {
    const std::string text =
        "Nov 18 10:11:55: ISAKMP:(12024):Sending NOTIFY PROPOSAL_NOT_CHOSEN protocol 3\r\n"
        "        spi 1183740504, message ID = -1643923500\r\n"
        "IKEv2-PROTO-4: (12): Received Packet [From 203.0.113.7:500/To 198.51.100.1:500/VRF i0:f0]IKEv2-PROTO-1: (12): "
        "Auth exchange failed\n"
        "<--- More --->              Nov 18 10:11:56: ISAKMP:(12024):Old State = IKE_R_MM5  New State = "
        "IKE_P1_COMPLETE\n";
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{7}}) {
        const auto events = events_of(text, chunk);
        REQUIRE(events.size() == 4);
        CHECK(events[0].kind == EventKind::notify_sent);
        CHECK(events[0].message_id() == 2651043796U);
        CHECK(events[0].line == 1);
        CHECK(events[1].kind == EventKind::packet_in);
        CHECK(events[1].line == 3);
        CHECK(events[2].kind == EventKind::key_mismatch);
        CHECK(events[2].line == 3);
        CHECK(events[3].kind == EventKind::phase1_up);
        CHECK(events[3].line == 4);
    }
}

TEST_CASE("message IDs of all spellings are one number") {
    const auto events = events_of(
        "*Nov 18 09:58:10.412: ISAKMP: (1001):beginning Quick Mode exchange, M-ID of -1941835610\n"
        "Nov 18 10:00:00 [IKEv1 DECODE]: Group = 203.0.113.7, IP = 203.0.113.7, IKE Initiator sending 1st QM pkt: msg "
        "id = 8c41f0a6\n"
        "2026-11-18T10:11:53.804 06[ENC] <hq|7> generating QUICK_MODE request 2353131686 [ HASH SA No ID ID ]\n"
        "2026-11-18T10:11:53.804 06[ENC] <hq|7> generating QUICK_MODE request 21716237 [ HASH SA No ID ID ]\n");
    REQUIRE(events.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) CHECK(events[i].message_id() == 2353131686U);
    CHECK(events[3].message_id() == 21716237U);
}

TEST_CASE("the attempt and the peer of a line are slots of its dialect") {
    const auto events = events_of(
        "2026-11-18T10:11:53.802 06[IKE] <hq|7> received NO_PROPOSAL_CHOSEN error notify\n"
        "Nov 18 11:21:33 [IKEv1 DEBUG]IP = 203.0.113.7, All SA proposals found unacceptable\n"
        "*Nov 18 11:02:01.092: ISAKMP:(1002): sending packet to 198.51.100.1 my_port 500 peer_port 4500 (I) "
        "MM_KEY_EXCH\n");
    REQUIRE(events.size() == 3);
    CHECK(events[0][Slot::attempt] == "7");
    CHECK(events[0][Slot::reason] == "NO_PROPOSAL_CHOSEN");
    CHECK(events[1][Slot::peer] == "203.0.113.7");
    CHECK(events[2][Slot::attempt] == "1002");
    CHECK(events[2][Slot::state] == "MM_KEY_EXCH");
    CHECK(events[2][Slot::to_port] == "4500");
}

TEST_CASE("stamps of all forms, and what is none") {
    struct Row {
        std::string line;
        double seconds, unit;
    };
    constexpr double day = (304 + 18) * 86400.0;
    for (const Row& row :
         {Row{"*Nov 18 11:21:31.912: ISAKMP", day + 40891.912, 0.001}, Row{"Nov 18 11:21:31: x", day + 40891, 1},
          Row{"2026-11-18T11:21:31.912 06[NET]", day + 40891.912, 0.001},
          Row{"Nov 18 2026 11:21:31: %ASA", day + 40891, 1}, Row{"<166>Nov 18 2026 11:21:31: %ASA", day + 40891, 1},
          Row{"Nov  8 11:21:31 fw-a", (304 + 8) * 86400.0 + 40891, 1},
          Row{"2026-11-18 11:21:31,5 x", day + 40891.5, 0.1}}) {
        CAPTURE(row.line);
        const auto time = device_time_of(row.line);
        REQUIRE(time);
        CHECK(time->seconds == doctest::Approx(row.seconds));
        CHECK(time->unit == doctest::Approx(row.unit));
    }
    for (const char* line :
         {"", "ISAKMP (0): beginning Main Mode exchange", "00:27:07: ISAKMP", "Nob 18 11:21:31", "Nov 18 11:2x:31"})
        CHECK_FALSE(device_time_of(line));
}

TEST_CASE("an export that stands newest first is turned round; the same line in two files is one event") {
    std::string newest_first;
    for (int second = 9; second >= 3; --second)
        newest_first += "Nov 18 2026 10:00:0" + std::to_string(second) + ": %ASA-5-713119: IP = 203.0.113." +
                        std::to_string(second) + ", PHASE 1 COMPLETED\n";
    EventReader reader;
    for (std::uint32_t file = 0; file < 2; ++file) {
        reader.begin(file);
        reader.feed(newest_first);
        reader.end();
    }
    CHECK(reader.facts().newest_first);
    const auto events = reader.take();
    REQUIRE(events.size() == 7);
    CHECK(events.front()[Slot::peer] == "203.0.113.3");
    CHECK(events.front().line == 7);
    CHECK(events.back()[Slot::peer] == "203.0.113.9");
}

TEST_CASE("a stream without end keeps its beginning and its end") {
    EventReader reader;
    reader.begin(0);
    for (int i = 0; i < 50'000; ++i) reader.feed("ISAKMP:(" + std::to_string(i) + "): beginning Main Mode exchange\n");
    reader.end();
    CHECK(reader.facts().dropped > 0);
    const auto events = reader.take();
    CHECK(events.size() <= EventReader::most_events);
    CHECK(events.front()[Slot::attempt] == "0");
    CHECK(events.back()[Slot::attempt] == "49999");
}
