// The front of the rules: what it tells of a text is what a look at each byte tells, and no trigger
// is missed wherever it stands.

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/text/byte_map.hpp"

using formats::ByteMap;
using formats::Trigger;
using formats::TriggerFilter;

namespace {

unsigned kinds(const TriggerFilter& filter, const std::string& text) {
    ByteMap map;
    map.assign(text);
    return filter.kinds(map, text, 0, text.size());
}

}  // namespace

TEST_CASE("the map of a text is the same with vector instructions and without") {
    std::mt19937 random(20261126);
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (std::size_t size = random() % 300; text.size() < size;)
            text.push_back(round % 3 == 0   ? static_cast<char>(random() % 256)
                           : round % 3 == 1 ? "aZ09 \t\n\r:=\"'@$<|#%-_\x7f\x80\xff\x1b"[random() % 24]
                                            : "0123456789abcdefABCDEFagGx"[random() % 26]);
        ByteMap map;
        map.assign(std::string(random() % 200, 'x'));  // nothing is left of what was held before
        map.assign(text);
        const auto plain = ByteMap::plain_blocks(text);
        REQUIRE(map.blocks().size() == plain.size());
        for (std::size_t i = 0; i < plain.size(); ++i) {
            CAPTURE(text);
            CAPTURE(i);
            // Bits behind the end are never asked for.
            const std::size_t left = text.size() - i * ByteMap::block_bytes;
            const std::uint64_t inside = left < 64 ? (std::uint64_t{1} << left) - 1 : ~std::uint64_t{0};
            CHECK((map.blocks()[i].breaks & inside) == (plain[i].breaks & inside));
            CHECK((map.blocks()[i].others & inside) == (plain[i].others & inside));
            CHECK((map.blocks()[i].hex & inside) == (plain[i].hex & inside));
            CHECK((map.blocks()[i].words & inside) == (plain[i].words & inside));
            CHECK((map.blocks()[i].signs & inside) == (plain[i].signs & inside));
        }
        for (std::size_t from = 0; from <= text.size(); ++from) CHECK(map.next_break(from) == text.find('\n', from));
    }
}

TEST_CASE("runs of hex digits are told from twelve on, wherever they lie in the blocks") {
    for (std::size_t size = 10; size < 150; ++size)
        for (std::size_t before = 0; before < 130; before += before < 40 ? 1 : 7) {
            std::string text = std::string(before, ' ') + "x" + std::string(size, 'A') + "g\n12345678901";
            ByteMap map;
            map.assign(text);
            std::vector<std::pair<std::size_t, std::size_t>> runs;
            map.each_hex_run(text, 0, text.size(),
                             [&](std::size_t begin, std::size_t end) { runs.emplace_back(begin, end); });
            CAPTURE(before);
            CAPTURE(size);
            REQUIRE(runs.size() == (size >= 12 ? 1 : 0));
            if (runs.empty()) continue;
            CHECK(runs[0].first == before + 1);
            CHECK(runs[0].second == before + 1 + size);
        }
}

TEST_CASE("a trigger is found at every place of a line and of a text, and only where it stands") {
    const TriggerFilter filter({
        {"username", 1, true},
        {"isa", 2, true, "isakmp", {"key"}},
        {"spi ", 4, true},
        {"psk", 8, false, {}, {}, true},
        {"@", 16},
        {"$1$", 32},
        {"<password", 64},
        {"cookie:", 128},
        {"\t", 256},
        {"raw packet data", 512},
        {"-----begin ", 1024},
    });
    struct Row {
        std::string text;
        unsigned kinds;
    };
    const Row rows[] = {
        {"username", 1},
        {"(UserName)", 1},
        {"usernames", 0},
        {"xusername", 0},
        {"user-username", 1},
        {"isakmp key", 2},
        {"ISA  key", 2},
        {"isak\tkeys", 2 | 256},
        {"isakmp", 0},
        {"isakmpkey", 0},
        {"isakmq key", 0},
        {"isakmp peer", 0},
        {"spi 5", 4},
        {"spi\t5", 4 | 256},
        {"spi", 0},
        {"spi=", 0},
        {"psk=1", 8},
        {"my_PSK  = 1", 8},
        {"\"psk\": 1", 8},
        {"psk :", 0},
        {"pskx=1", 0},
        {"psk1=1", 0},
        {"a@b", 16},
        {"1@2", 16},
        {"$1$x", 32},
        {"$2$x", 0},
        {"<PassWord>", 64},
        {"1<password>", 64},
        {"< password>", 0},
        {"Set-Cookie: x", 128},
        {"cookie", 0},
        {"192.0.2.1\tx", 256},
        {"2001:db8::a\tx", 256},
        {"name\t\tx", 256},
        {"over\tx", 256},
        {" \tx", 0},
        {"xRaw packet data", 512},
        {"raw packet", 0},
        {"-----BEGIN RSA", 1024},
        {"----BEGIN RSA", 0},
        {"username psk= a@b", 1 | 8 | 16},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(kinds(filter, row.text) == row.kinds);
        for (std::size_t shift = 1; shift < 70; ++shift) {
            CAPTURE(shift);
            const std::string before(shift, ' ');
            CHECK(kinds(filter, before + row.text) == row.kinds);
            // Other lines of the text say nothing about this one.
            const std::string text = before + "username a@b $1$\n" + row.text + "\npsk=1\tusername\n";
            const std::size_t begin = text.find('\n') + 1;
            ByteMap map;
            map.assign(text);
            CHECK(filter.kinds(map, text, begin, begin + row.text.size()) == row.kinds);
        }
    }
}
