#include "formats/analysis/event.hpp"

#include <algorithm>
#include <charconv>

#include "formats/cisco/device_text.hpp"

namespace formats {

namespace {

constexpr std::array kinds{
    std::pair{EventKind::started, std::string_view("started")},
    std::pair{EventKind::answering, std::string_view("answering")},
    std::pair{EventKind::sent, std::string_view("sent")},
    std::pair{EventKind::received, std::string_view("received")},
    std::pair{EventKind::packet_out, std::string_view("packet-out")},
    std::pair{EventKind::packet_in, std::string_view("packet-in")},
    std::pair{EventKind::message_detail, std::string_view("message-detail")},
    std::pair{EventKind::message_failed, std::string_view("message-failed")},
    std::pair{EventKind::retransmit, std::string_view("retransmit")},
    std::pair{EventKind::duplicate, std::string_view("duplicate")},
    std::pair{EventKind::child_started, std::string_view("child-started")},
    std::pair{EventKind::key_exchange, std::string_view("key-exchange")},
    std::pair{EventKind::ike_fragment, std::string_view("ike-fragment")},
    std::pair{EventKind::notify_sent, std::string_view("notify-sent")},
    std::pair{EventKind::notify_received, std::string_view("notify-received")},
    std::pair{EventKind::answer_rejected, std::string_view("answer-rejected")},
    std::pair{EventKind::invalid_cookie, std::string_view("invalid-cookie")},
    std::pair{EventKind::mode_failed, std::string_view("mode-failed")},
    std::pair{EventKind::group_retry, std::string_view("group-retry")},
    std::pair{EventKind::policy_agreed, std::string_view("policy-agreed")},
    std::pair{EventKind::auth_ok, std::string_view("auth-ok")},
    std::pair{EventKind::phase1_up, std::string_view("phase1-up")},
    std::pair{EventKind::child_up, std::string_view("child-up")},
    std::pair{EventKind::sa_made, std::string_view("sa-made")},
    std::pair{EventKind::entry_matched, std::string_view("entry-matched")},
    std::pair{EventKind::lifetime_overridden, std::string_view("lifetime-overridden")},
    std::pair{EventKind::proposals_received, std::string_view("proposals-received")},
    std::pair{EventKind::proposals_configured, std::string_view("proposals-configured")},
    std::pair{EventKind::attribute_differs, std::string_view("attribute-differs")},
    std::pair{EventKind::attribute_refused, std::string_view("attribute-refused")},
    std::pair{EventKind::child_attribute, std::string_view("child-attribute")},
    std::pair{EventKind::policy_refused, std::string_view("policy-refused")},
    std::pair{EventKind::no_proposal, std::string_view("no-proposal")},
    std::pair{EventKind::key_missing, std::string_view("key-missing")},
    std::pair{EventKind::default_key, std::string_view("default-key")},
    std::pair{EventKind::unreadable, std::string_view("unreadable")},
    std::pair{EventKind::key_mismatch, std::string_view("key-mismatch")},
    std::pair{EventKind::no_config, std::string_view("no-config")},
    std::pair{EventKind::wrong_mode, std::string_view("wrong-mode")},
    std::pair{EventKind::wrong_version, std::string_view("wrong-version")},
    std::pair{EventKind::default_group, std::string_view("default-group")},
    std::pair{EventKind::identity_offered, std::string_view("identity-offered")},
    std::pair{EventKind::identity_unknown, std::string_view("identity-unknown")},
    std::pair{EventKind::identity_mismatch, std::string_view("identity-mismatch")},
    std::pair{EventKind::certificate_refused, std::string_view("certificate-refused")},
    std::pair{EventKind::auth_timeout, std::string_view("auth-timeout")},
    std::pair{EventKind::selectors_refused, std::string_view("selectors-refused")},
    std::pair{EventKind::entry_skipped, std::string_view("entry-skipped")},
    std::pair{EventKind::entry_incomplete, std::string_view("entry-incomplete")},
    std::pair{EventKind::map_refused, std::string_view("map-refused")},
    std::pair{EventKind::transform_refused, std::string_view("transform-refused")},
    std::pair{EventKind::child_refused, std::string_view("child-refused")},
    std::pair{EventKind::child_failed, std::string_view("child-failed")},
    std::pair{EventKind::rekey_failed, std::string_view("rekey-failed")},
    std::pair{EventKind::no_policies, std::string_view("no-policies")},
    std::pair{EventKind::map_not_bound, std::string_view("map-not-bound")},
    std::pair{EventKind::isakmp_off, std::string_view("isakmp-off")},
    std::pair{EventKind::isakmp_on, std::string_view("isakmp-on")},
    std::pair{EventKind::answer_only, std::string_view("answer-only")},
    std::pair{EventKind::standby, std::string_view("standby")},
    std::pair{EventKind::limit, std::string_view("limit")},
    std::pair{EventKind::gave_up, std::string_view("gave-up")},
    std::pair{EventKind::dpd_timeout, std::string_view("dpd-timeout")},
    std::pair{EventKind::ended, std::string_view("ended")},
    std::pair{EventKind::half_open, std::string_view("half-open")},
    std::pair{EventKind::delete_sent, std::string_view("delete-sent")},
    std::pair{EventKind::delete_received, std::string_view("delete-received")},
    std::pair{EventKind::deleted_all, std::string_view("deleted-all")},
    std::pair{EventKind::restarted, std::string_view("restarted")},
    std::pair{EventKind::duplicate_sa, std::string_view("duplicate-sa")},
    std::pair{EventKind::invalid_spi, std::string_view("invalid-spi")},
    std::pair{EventKind::no_sa, std::string_view("no-sa")},
    std::pair{EventKind::outside_sa, std::string_view("outside-sa")},
    std::pair{EventKind::clear_text, std::string_view("clear-text")},
    std::pair{EventKind::replay, std::string_view("replay")},
    std::pair{EventKind::hmac, std::string_view("hmac")},
    std::pair{EventKind::denied, std::string_view("denied")},
    std::pair{EventKind::no_translation, std::string_view("no-translation")},
    std::pair{EventKind::no_route, std::string_view("no-route")},
    std::pair{EventKind::hardware, std::string_view("hardware")},
    std::pair{EventKind::address_differs, std::string_view("address-differs")},
};

constexpr std::array slot_names{
    std::pair{Slot::attempt, std::string_view("attempt")},
    std::pair{Slot::peer, std::string_view("peer")},
    std::pair{Slot::local, std::string_view("local")},
    std::pair{Slot::port, std::string_view("port")},
    std::pair{Slot::to_port, std::string_view("to_port")},
    std::pair{Slot::bytes, std::string_view("bytes")},
    std::pair{Slot::exchange, std::string_view("exchange")},
    std::pair{Slot::kind, std::string_view("kind")},
    std::pair{Slot::mid, std::string_view("mid")},
    std::pair{Slot::payloads, std::string_view("payloads")},
    std::pair{Slot::role, std::string_view("role")},
    std::pair{Slot::state, std::string_view("state")},
    std::pair{Slot::mid_hex, std::string_view("mid_hex")},
    std::pair{Slot::phase, std::string_view("phase")},
    std::pair{Slot::count, std::string_view("count")},
    std::pair{Slot::reason, std::string_view("reason")},
    std::pair{Slot::attribute, std::string_view("attribute")},
    std::pair{Slot::offered, std::string_view("offered")},
    std::pair{Slot::allowed, std::string_view("allowed")},
    std::pair{Slot::net_local, std::string_view("net_local")},
    std::pair{Slot::net_remote, std::string_view("net_remote")},
    std::pair{Slot::source, std::string_view("source")},
    std::pair{Slot::destination, std::string_view("destination")},
    std::pair{Slot::protocol, std::string_view("protocol")},
    std::pair{Slot::spi, std::string_view("spi")},
    std::pair{Slot::spi_in, std::string_view("spi_in")},
    std::pair{Slot::spi_out, std::string_view("spi_out")},
    std::pair{Slot::spi_i, std::string_view("spi_i")},
    std::pair{Slot::spi_r, std::string_view("spi_r")},
    std::pair{Slot::id, std::string_view("id")},
    std::pair{Slot::other_id, std::string_view("other_id")},
    std::pair{Slot::name, std::string_view("name")},
};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
    for (const auto& [known, name] : table)
        if (known == value) return name;
    return "";
}

template <class Value, class Table>
std::optional<Value> value_in(const Table& table, std::string_view name) {
    for (const auto& [known, its_name] : table)
        if (its_name == name) return known;
    return std::nullopt;
}

constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::array<int, 12> days_before{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

std::optional<int> two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size()) return std::nullopt;
    const char a = text[at], b = text[at + 1];
    if ((a != ' ' && (a < '0' || a > '9')) || b < '0' || b > '9') return std::nullopt;
    return (a == ' ' ? 0 : a - '0') * 10 + (b - '0');
}

/// "11:21:31.912" at `at`.
std::optional<DeviceTime> clock_at(std::string_view text, std::size_t at, int day) {
    const auto hour = two_digits(text, at), minute = two_digits(text, at + 3), second = two_digits(text, at + 6);
    if (!hour || !minute || !second || text[at + 2] != ':' || text[at + 5] != ':') return std::nullopt;
    DeviceTime time{day * 86400.0 + *hour * 3600.0 + *minute * 60.0 + *second, 1};
    if (at + 8 < text.size() && (text[at + 8] == '.' || text[at + 8] == ','))
        for (std::size_t i = at + 9; i < text.size() && i < at + 15 && text[i] >= '0' && text[i] <= '9'; ++i) {
            time.unit /= 10;
            time.seconds += time.unit * (text[i] - '0');
        }
    return time;
}

}  // namespace

std::string_view name_of(EventKind kind) { return name_in(kinds, kind); }
std::optional<EventKind> event_kind_of(std::string_view name) { return value_in<EventKind>(kinds, name); }
std::string_view name_of(Slot slot) { return name_in(slot_names, slot); }
std::optional<Slot> slot_of(std::string_view name) { return value_in<Slot>(slot_names, name); }

std::optional<DeviceTime> device_time_of(std::string_view line) {
    constexpr std::size_t furthest = 96;  // further behind, it is no stamp of the line's own
    const std::string_view head = line.substr(0, furthest);
    for (std::size_t at = 0; at + 8 <= head.size(); ++at) {
        // 2026-11-18T12:39:31
        if (head[at] == '2' && at + 19 <= head.size() && head[at + 4] == '-' && head[at + 7] == '-' &&
            (head[at + 10] == 'T' || head[at + 10] == ' ')) {
            const auto month = two_digits(head, at + 5), day = two_digits(head, at + 8);
            if (month && day && *month >= 1 && *month <= 12)
                if (const auto time = clock_at(line, at + 11, days_before[static_cast<std::size_t>(*month - 1)] + *day))
                    return time;
        }
        // Nov 18 11:21:31, Nov  8 2026 11:21:31
        if (at + 15 <= head.size() && head[at + 3] == ' ' && head[at] >= 'A' && head[at] <= 'S') {
            const std::size_t month = months.find(head.substr(at, 3));
            if (month == std::string_view::npos || month % 3 != 0) continue;
            const bool short_day = head[at + 5] == ' ';  // "Nov 8 11:21:31"
            const auto day = short_day ? std::optional<int>(head[at + 4] - '0') : two_digits(head, at + 4);
            if (!day) continue;
            std::size_t clock = at + (short_day ? 6 : 7);
            if (clock + 5 < head.size() && head[clock] == '2' && head[clock + 4] == ' ') clock += 5;
            if (clock + 8 > line.size()) continue;
            if (const auto time = clock_at(line, clock, days_before[month / 3] + *day)) return time;
        }
    }
    return std::nullopt;
}

std::optional<DeviceTime> arrival_of(std::string_view line) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000000Z ";
    static_assert(form.size() == arrival_width);
    if (line.size() < arrival_width) return std::nullopt;
    for (std::size_t i = 0; i < arrival_width; ++i) {
        const bool is_digit = line[i] >= '0' && line[i] <= '9';
        if (form[i] == '0' ? !is_digit : line[i] != form[i]) return std::nullopt;
    }
    return device_time_of(line.substr(0, arrival_width - 1));
}

std::string_view Event::operator[](Slot slot) const {
    for (const auto& [name, value] : slots)
        if (name == slot) return value;
    return {};
}

std::optional<std::uint32_t> Event::message_id() const {
    const std::string_view hexadecimal = (*this)[Slot::mid_hex];
    const std::string_view digits = hexadecimal.empty() ? (*this)[Slot::mid] : hexadecimal;
    std::int64_t number = 0;
    const auto parsed =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal.empty() ? 10 : 16);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

}  // namespace formats
