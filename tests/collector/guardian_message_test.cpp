// What main and guardian say to each other: fields come out as they went in, and a message that is cut off ends.

#include "collector/guardian/guardian_message.hpp"

#include <doctest/doctest.h>

#include <string>

using collector::Message;
using collector::Word;

TEST_CASE("fields come out as they went in, as many as there are") {
    Message message(Word::learned);
    CHECK_FALSE(message.has_more());
    const std::string odd("\0k\xff", 3);
    for (std::uint64_t i = 0; i < 3; ++i) message.add(i).add("CANARY-" + std::to_string(i));
    message.add("").add(odd);
    Message received{std::string(message.bytes())};
    CHECK(received.word() == Word::learned);
    for (std::uint64_t i = 0; i < 3; ++i) {
        REQUIRE(received.has_more());
        CHECK(received.next_number() == i);
        CHECK(received.next() == "CANARY-" + std::to_string(i));
    }
    REQUIRE(received.has_more());
    CHECK(received.next().empty());
    CHECK(received.next() == odd);
    CHECK_FALSE(received.has_more());
    CHECK(received.next().empty());
}

TEST_CASE("a message that is cut off ends where it is cut") {
    Message whole(Word::learned);
    whole.add("one").add("two");
    const std::string bytes(whole.bytes());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        Message cut(bytes.substr(0, size));
        std::string fields;
        int read = 0;
        while (cut.has_more() && ++read < 10) fields += cut.next();
        CHECK(read <= 2);
        CHECK(fields == (size >= 8 ? "one" : ""));
    }
}

TEST_CASE("the way of a login comes out as it went in, bastions too") {
    collector::SshWay way;
    way.stops.push_back({{"pix", "hq", 0},
                         {"192.0.2.1", "pix", 22, false, "", {{"ops", "bastion", 2222}, {"", "inner", 0}}},
                         "ssh-rsa SHA256:a",
                         "group14",
                         "aes256-ctr",
                         "hmac-sha1",
                         "/home/ops/.ssh/id_rsa"});
    way.stops.push_back({{"ops", "bastion", 2222},
                         {"198.51.100.7", "ops", 2222, true, "nc %h", {}},
                         "ssh-ed25519 SHA256:b",
                         "",
                         "",
                         "",
                         ""});
    Message message(Word::endpoint);
    message.add("before");
    collector::add_way(message, way);
    Message received{std::string(message.bytes())};
    CHECK(received.next() == "before");
    const collector::SshWay again = collector::next_way(received);
    REQUIRE(again.stops.size() == 2);
    CHECK(again.stops[0].asked.host == "hq");
    CHECK(again.stops[0].route.host == "192.0.2.1");
    REQUIRE(again.stops[0].route.hops.size() == 2);
    CHECK(again.stops[0].route.hops[0].port == 2222);
    CHECK(again.stops[0].route.hops[1].host == "inner");
    CHECK(again.stops[0].macs == "hmac-sha1");
    CHECK(again.stops[0].identity == "/home/ops/.ssh/id_rsa");
    CHECK(again.stops[1].route.names_agent);
    CHECK(again.stops[1].route.proxy == "nc %h");
    CHECK(again.stops[1].host_key == "ssh-ed25519 SHA256:b");
    Message none(Word::endpoint);
    CHECK(collector::next_way(none).stops.empty());
}
