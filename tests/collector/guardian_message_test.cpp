// What main and guardian say to each other: fields come out as they went in, and a message that is cut off ends.

#include <doctest/doctest.h>

#include <string>

#include "collector/guardian/guardian_message.hpp"

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
