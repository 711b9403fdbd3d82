// The verdict on two keys, from what stands in their place.

#include <doctest/doctest.h>

#include <string>

#include "formats/redaction/psk_verdict.hpp"
#include "redaction_text.hpp"

using formats::compare_psk;
using formats::PskVerdict;

TEST_CASE("equal tokens match, unequal ones differ, masks and ciphertext say nothing") {
    const std::string one = "[REDACTED:psk:0123456789ab]", other = "[REDACTED:psk:ba9876543210]";
    struct Row {
        std::string left, right;
        PskVerdict verdict;
    };
    const Row rows[] = {
        {one, one, PskVerdict::match},
        {one, "0 " + one, PskVerdict::match},
        {one, "[REDACTED:key:0123456789ab]", PskVerdict::match},
        {one, other, PskVerdict::differ},
        {one, "hex " + other, PskVerdict::differ},
        {"6 " + one, other, PskVerdict::unverifiable},
        {"8 " + one, "8 " + other, PskVerdict::unverifiable},
        {"6 " + one, "6 " + one, PskVerdict::match},
        {one, "*****", PskVerdict::unverifiable},
        {"<removed>", one, PskVerdict::unverifiable},
        {"", one, PskVerdict::unverifiable},
        {"clear", "clear", PskVerdict::unverifiable},
    };
    for (const Row& row : rows) {
        CAPTURE(row.left);
        CAPTURE(row.right);
        CHECK(compare_psk(row.left, row.right) == row.verdict);
        CHECK(compare_psk(row.right, row.left) == row.verdict);
    }
    CHECK(formats::name_of(PskVerdict::unverifiable) == "unverifiable");
}

TEST_CASE("the same key at a PIX and at a router matches after redaction") {
    const auto redaction = redaction_test::make_redaction();
    const auto place = [](const std::string& text) { return text.substr(text.find("[REDACTED")); };
    const std::string pix = redaction->redact(" pre-shared-key CANARYsame").str();
    const std::string ios = redaction->redact("  pre-shared-key address 192.0.2.1 key CANARYsame").str();
    const std::string hex = redaction->redact("  pre-shared-key hex 43414e41525973616d65").str();
    CHECK(compare_psk(place(pix), place(ios)) == PskVerdict::match);
    CHECK(compare_psk(place(pix), place(hex)) == PskVerdict::match);
    CHECK(compare_psk(place(pix), place(redaction->redact(" pre-shared-key CANARYother").str())) == PskVerdict::differ);
}
