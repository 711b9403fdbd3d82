#include "formats/cisco/show_outputs.hpp"

#include <algorithm>
#include <array>

#include "formats/cisco/device_text.hpp"
#include "formats/text/pattern.hpp"

namespace formats {

namespace {

constexpr std::size_t most_sessions = 1024;
constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};

/// "14:02:11.345" or "14:02:11"
std::optional<std::chrono::microseconds> time_of_day(std::string_view text) {
    std::array<std::uint64_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && !take(text, ":")) return std::nullopt;
        const auto number = take_number(text);
        if (!number || *number > (i == 0 ? 23U : i == 1 ? 59U : 60U)) return std::nullopt;
        parts[i] = *number;
    }
    std::uint64_t micros = 0;
    if (take(text, ".")) {
        if (text.empty() || text.size() > 6) return std::nullopt;
        std::uint64_t scale = 1'000'000;
        for (const char c : text) {
            if (c < '0' || c > '9') return std::nullopt;
            scale /= 10;
            micros += static_cast<std::uint64_t>(c - '0') * scale;
        }
    } else if (!text.empty()) {
        return std::nullopt;
    }
    return std::chrono::hours(parts[0]) + std::chrono::minutes(parts[1]) + std::chrono::seconds(parts[2]) +
           std::chrono::microseconds(micros);
}

/// ZONE Tue Mar 9 2004
std::optional<UtcTime> date_of(const std::vector<std::string_view>& words) {
    if (words.size() < 6) return std::nullopt;
    const std::string month = lowered(words[3]);
    const auto at = std::find(months.begin(), months.end(), month);
    const auto day = number_of(words[4]);
    const auto year = number_of(words[5]);
    if (at == months.end() || !day || !year || *year < 1970 || *year > 2200) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(at - months.begin()) + 1),
                                           std::chrono::day(static_cast<unsigned>(std::min<std::uint64_t>(*day, 99))));
    if (!date.ok()) return std::nullopt;
    return UtcTime(std::chrono::sys_days(date));
}

std::optional<ClockReading> clock_line(std::string_view line) {
    ClockReading reading;
    line = trimmed(line);
    if (take(line, "*"))
        reading.never_set = true;
    else if (take(line, "."))
        reading.unsynchronised = true;
    const auto words = words_of(line, 8);
    if (words.size() < 6) return std::nullopt;
    const auto time = time_of_day(words[0]);
    const auto date = date_of(words);
    if (!time || !date) return std::nullopt;
    reading.local = *date + *time;
    reading.zone = kept(words[1]);
    return reading;
}

/// What the profile's pattern finds; empty when nothing.
std::string found(std::string_view pattern, std::string_view text) {
    const auto group = find_pattern(pattern, text);
    return group ? kept(trimmed(*group)) : std::string();
}

}  // namespace

std::optional<ClockReading> parse_clock(std::string_view text) {
    // "Load for five secs ..." and "Time source is NTP" may stand before it.
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line))
        if (auto reading = clock_line(line)) return reading;
    return std::nullopt;
}

std::optional<std::chrono::minutes> zone_offset(std::string_view zone) {
    using std::chrono::hours;
    constexpr std::array<std::pair<std::string_view, int>, 14> zones{{{"UTC", 0},
                                                                      {"GMT", 0},
                                                                      {"Z", 0},
                                                                      {"CET", 1},
                                                                      {"CEST", 2},
                                                                      {"CEDT", 2},
                                                                      {"EET", 2},
                                                                      {"EEST", 3},
                                                                      {"EDT", -4},
                                                                      {"MDT", -6},
                                                                      {"MST", -7},
                                                                      {"PDT", -7},
                                                                      {"PST", -8},
                                                                      {"JST", 9}}};
    for (const auto& [name, offset] : zones)
        if (name == zone) return hours(offset);
    return std::nullopt;
}

VersionReading parse_version(std::string_view text, std::string_view version_pattern, std::string_view model_pattern) {
    VersionReading reading;
    reading.version = found(version_pattern, text);
    reading.model = found(model_pattern, text);
    DeviceLines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        // "fw-a up 3 days 4 hours"; IOS: "router uptime is 3 days"
        const auto words = words_of(line, 4);
        if (reading.hostname.empty() && words.size() >= 3 && line.front() != ' ') {
            if (words[1] == "up" && words[2].find_first_not_of("0123456789") == std::string_view::npos) {
                reading.hostname = kept(words[0]);
                reading.uptime = kept(trimmed(line.substr(line.find(" up ") + 4)));
            } else if (words[1] == "uptime" && words[2] == "is" && words.size() == 4) {
                reading.hostname = kept(words[0]);
                reading.uptime = kept(words[3]);
            }
        }
        if (line.starts_with("Configuration last modified by") ||
            line.starts_with("Configuration has not been modified"))
            reading.last_modified = kept(line);
    }
    return reading;
}

std::optional<unsigned> parse_cpu(std::string_view text, std::string_view pattern) {
    const auto percent = number_of(found(pattern, text));
    if (!percent || *percent > 100) return std::nullopt;
    return static_cast<unsigned>(*percent);
}

namespace {

bool is_direction(std::string_view word) { return word == "IN" || word == "OUT"; }

/// PIX 6: SID client version encryption state user; PIX 7, ASA: SID client version mode encryption
/// hmac state user, with a second row for the other direction that has no SID and no client.
std::optional<DeviceSession> ssh_row(const std::vector<std::string_view>& words) {
    if (words.size() < 5 || !number_of(words[0]) || !is_ip_address(words[1]) ||
        words[2].find('.') == std::string_view::npos)
        return std::nullopt;
    DeviceSession session;
    session.id = kept(words[0]);
    session.client = kept(words[1]);
    const std::size_t state = is_direction(words[3]) ? 6 : 4;
    if (words.size() <= state) return session;
    session.state = kept(words[state]);
    // "Session Started", "SessionStarted", "Rcvd Password": the state may have two words, the user
    // has one.
    if (words.size() > state + 1) session.user = kept(words.back());
    for (std::size_t i = state + 1; i + 1 < words.size(); ++i)
        session.state = kept(session.state + " " + std::string(words[i]));
    return session;
}

/// PIX, ASA: "   0: 10.1.1.2"
std::optional<DeviceSession> telnet_row(const std::vector<std::string_view>& words) {
    if (words.size() < 2 || words[0].size() < 2 || words[0].back() != ':' || !is_ip_address(words[1]))
        return std::nullopt;
    const auto number = number_of(words[0].substr(0, words[0].size() - 1));
    if (!number) return std::nullopt;
    DeviceSession session;
    session.id = std::to_string(*number);
    session.client = kept(words[1]);
    return session;
}

/// IOS: "*  2 vty 0     admin      idle                 00:00:00 192.0.2.9"
std::optional<DeviceSession> line_row(std::vector<std::string_view> words) {
    DeviceSession session;
    if (!words.empty() && words[0] == "*") {
        session.own = true;
        words.erase(words.begin());
    } else if (!words.empty() && words[0].starts_with('*')) {
        session.own = true;
        words[0].remove_prefix(1);
    }
    if (words.size() < 3 || !number_of(words[0]) || (words[1] != "vty" && words[1] != "con" && words[1] != "aux") ||
        !number_of(words[2]))
        return std::nullopt;
    session.id = kept(words[0]);
    if (words.size() > 3 && words[3] != "idle") session.user = kept(words[3]);
    if (is_ip_address(words.back())) session.client = kept(words.back());
    return session;
}

}  // namespace

std::vector<DeviceSession> parse_sessions(std::string_view text) {
    std::vector<DeviceSession> sessions;
    DeviceLines lines(text);
    std::string_view line;
    while (sessions.size() < most_sessions && lines.next(line)) {
        const auto words = words_of(line, 16);
        auto row = ssh_row(words);
        if (!row) row = telnet_row(words);
        if (!row) row = line_row(words);
        if (!row) continue;
        const bool known = std::any_of(sessions.begin(), sessions.end(), [&](const DeviceSession& other) {
            return other.id == row->id && other.client == row->client;
        });
        if (!known) sessions.push_back(std::move(*row));
    }
    return sessions;
}

bool is_user_of(const SessionMark& mark, const DeviceSession& row, const std::vector<DeviceSession>& list) {
    constexpr std::size_t cut_after = 10;
    if (row.user == mark.user) return true;
    if (row.user.empty())
        return std::all_of(list.begin(), list.end(), [](const DeviceSession& other) { return other.user.empty(); });
    return row.user.size() >= cut_after && mark.user.starts_with(row.user);
}

bool is_session_of(const SessionMark& mark, const DeviceSession& row, const std::vector<DeviceSession>& list) {
    return row.id == mark.number && is_user_of(mark, row, list) && (mark.client.empty() || row.client == mark.client);
}

}  // namespace formats
