// Times as a person gives them: UTC, whole seconds, with a date or the next one of that name.

#include "formats/text/utc_time.hpp"

#include <doctest/doctest.h>

namespace {

// 2026-11-25, 20:00 in UTC.
const formats::UtcTime evening = std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(20);

std::string read(std::string_view text) {
    const auto time = formats::parse_utc(text, evening);
    return time ? formats::to_seconds(*time) : "";
}

}  // namespace

TEST_CASE("a time is of that date, or the next one from now on") {
    struct Row {
        const char *text, *time;
    };
    for (const Row& row :
         {Row{"2026-11-26T02:30:00Z", "2026-11-26T02:30:00Z"}, Row{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
          Row{"02:30:00Z", "2026-11-26T02:30:00Z"}, Row{"20:00:00Z", "2026-11-25T20:00:00Z"},
          Row{"19:59:59Z", "2026-11-26T19:59:59Z"}, Row{"23:59:59Z", "2026-11-25T23:59:59Z"}}) {
        CAPTURE(row.text);
        CHECK(read(row.text) == row.time);
    }
}

TEST_CASE("what is no such time is none") {
    for (const char* text : {"",
                             "Z",
                             "02:30",
                             "02:30Z",
                             "2:30:00Z",
                             "02:30:00",
                             "24:00:00Z",
                             "02:60:00Z",
                             "02:30:60Z",
                             "02:30:00.5Z",
                             "02-30-00Z",
                             "2026-11-26T02:30:00",
                             "2026-11-26 02:30:00Z",
                             "2026-02-29T02:30:00Z",
                             "2026-13-01T02:30:00Z",
                             "26-11-26T02:30:00Z",
                             "2026-11-26TZ",
                             "+2:30:00Z",
                             "02:30:00Z ",
                             "02:30:00+01:00"}) {
        CAPTURE(text);
        CHECK(read(text).empty());
    }
}
