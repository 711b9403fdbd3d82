#include "formats/text/utc_time.hpp"

#include <array>
#include <cstdio>

namespace formats {

namespace {

struct Fields {
    int year;
    unsigned month, day;
    int hour, minute, second;
    int micros;
};

Fields fields_of(UtcTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return {static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count()),
            static_cast<int>(clock.subseconds().count())};
}

}  // namespace

std::string to_iso(UtcTime time) {
    const Fields f = fields_of(time);
    std::array<char, 64> text{};
    const int n = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", f.year, f.month, f.day,
                                f.hour, f.minute, f.second, f.micros);
    return {text.data(), static_cast<std::size_t>(n)};
}

std::string to_compact(UtcTime time) {
    const Fields f = fields_of(time);
    std::array<char, 64> text{};
    const int n = std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", f.year, f.month, f.day, f.hour,
                                f.minute, f.second);
    return {text.data(), static_cast<std::size_t>(n)};
}

UtcTime utc_now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace formats
