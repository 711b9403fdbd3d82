#include "formats/text/utc_time.hpp"

#include <array>
#include <charconv>
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

/// Reads "19:24:51" as numbers with `between` after each but the last.
template <std::size_t N>
bool read_numbers(std::string_view text, const std::array<std::size_t, N>& digits, char between,
                  std::array<unsigned, N>& numbers) {
    for (std::size_t i = 0; i < N; ++i) {
        if (text.size() < digits[i]) return false;
        const char* const end = text.data() + digits[i];
        const auto read = std::from_chars(text.data(), end, numbers[i]);
        if (read.ec != std::errc{} || read.ptr != end) return false;
        text.remove_prefix(digits[i]);
        if (i + 1 == N) break;
        if (!text.starts_with(between)) return false;
        text.remove_prefix(1);
    }
    return text.empty();
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

std::string to_seconds(UtcTime time) { return to_iso(time).substr(0, 19) + "Z"; }

std::optional<UtcTime> parse_utc(std::string_view text, UtcTime now) {
    using namespace std::chrono;
    if (!text.ends_with('Z')) return std::nullopt;
    text.remove_suffix(1);
    const std::size_t middle = text.find('T');
    std::array<unsigned, 3> clock{};
    if (!read_numbers(middle == std::string_view::npos ? text : text.substr(middle + 1),
                      std::array<std::size_t, 3>{2, 2, 2}, ':', clock) ||
        clock[0] > 23 || clock[1] > 59 || clock[2] > 59)
        return std::nullopt;
    const auto of_day = hours(clock[0]) + minutes(clock[1]) + seconds(clock[2]);
    if (middle == std::string_view::npos) {
        const UtcTime today = floor<days>(now) + of_day;
        return today >= now ? today : today + days(1);
    }
    std::array<unsigned, 3> date{};
    if (!read_numbers(text.substr(0, middle), std::array<std::size_t, 3>{4, 2, 2}, '-', date)) return std::nullopt;
    const year_month_day day{year(static_cast<int>(date[0])), month(date[1]), std::chrono::day(date[2])};
    if (!day.ok()) return std::nullopt;
    return sys_days(day) + of_day;
}

UtcTime utc_now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace formats
