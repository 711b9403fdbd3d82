#pragma once
// What a line of a debug stream or a log tells, whatever device printed it: one of a closed set of kinds with the values
// that the line names.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace formats {

// clang-format off
enum class EventKind : std::uint8_t {
    // messages
    started, answering, sent, received, packet_out, packet_in, message_detail, message_failed, retransmit, duplicate, child_started, key_exchange, ike_fragment,
    notify_sent, notify_received, answer_rejected, invalid_cookie, mode_failed, group_retry,
    // what was agreed
    policy_agreed, auth_ok, phase1_up, child_up, sa_made, entry_matched, lifetime_overridden,
    // what was refused, and the reasons
    proposals_received, proposals_configured, attribute_differs, attribute_refused, child_attribute, policy_refused, no_proposal,
    key_missing, default_key, unreadable, key_mismatch, no_config, wrong_mode, wrong_version, default_group,
    identity_offered, identity_unknown, identity_mismatch, certificate_refused, auth_timeout,
    selectors_refused, entry_skipped, entry_incomplete, map_refused, transform_refused, child_refused, child_failed, rekey_failed,
    no_policies, map_not_bound, isakmp_off, isakmp_on, answer_only, standby, limit,
    // ends
    gave_up, dpd_timeout, ended, half_open, delete_sent, delete_received, deleted_all, restarted, duplicate_sa,
    // packets
    invalid_spi, no_sa, outside_sa, clear_text, replay, hmac, denied, no_translation, no_route, hardware, address_differs,
};
// clang-format on
/// "policy-refused": as in the tables.
std::string_view name_of(EventKind kind);
std::optional<EventKind> event_kind_of(std::string_view name);

// clang-format off
enum class Slot : std::uint8_t {
    attempt, peer, local, port, to_port, bytes, exchange, kind, mid, mid_hex, payloads, role, state, phase, count, reason, attribute, offered,
    allowed, net_local, net_remote, source, destination, protocol, spi, spi_in, spi_out, spi_i, spi_r, id, other_id, name,
};
// clang-format on
std::string_view name_of(Slot slot);
std::optional<Slot> slot_of(std::string_view name);

/// A stamp as the device printed it. Seconds within an unknown year where the device names none; compared only with
/// stamps of the same stream, or by way of an offset.
struct DeviceTime {
    double seconds = 0;
    double unit = 1;  ///< of the last digit, in seconds
};
/// The first stamp on the line: "2026-11-18T12:39:31.118", "*Nov 18 11:21:31.912", "Nov 18 2026 09:42:05".
std::optional<DeviceTime> device_time_of(std::string_view line);

/// "2026-11-25T19:24:51.123456Z ", with which the collector begins the lines of a debug stream: when they arrived.
constexpr std::size_t arrival_width = 28;
std::optional<DeviceTime> arrival_of(std::string_view line);

struct Event {
    EventKind kind = EventKind::started;
    std::uint32_t row = 0;              ///< of the table, for tests
    std::uint32_t file = 0;             ///< index of the member it stands in
    std::uint64_t line = 0;             ///< from 1
    std::uint64_t order = 0;            ///< in its endpoint's stream
    std::optional<DeviceTime> time;     ///< as the device printed it
    std::optional<DeviceTime> arrival;  ///< by the collecting machine's clock, when the bundle was made by a run
    std::string text;                   ///< the line, cut, without the time of its arrival
    std::vector<std::pair<Slot, std::string>> slots;

    /// Empty when the line does not name it.
    std::string_view operator[](Slot slot) const;
    bool has(Slot slot) const { return !(*this)[slot].empty(); }
    /// A message ID as both ends can be compared: devices print it signed, unsigned and in hexadecimal.
    std::optional<std::uint32_t> message_id() const;
};

}  // namespace formats
