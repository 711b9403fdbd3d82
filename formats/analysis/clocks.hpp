#pragma once
// How far the clocks of both ends are apart, as an interval and never as a number: a message arrives after it was sent,
// and a clock that was read tells no more than the reading's own error allows.

#include <optional>
#include <string>
#include <vector>

#include "formats/analysis/event.hpp"

namespace formats {

/// Of the other end's clock less this end's, in seconds. A bound that nothing gives is absent.
struct OffsetInterval {
    std::optional<double> at_least, at_most;

    bool is_known() const { return at_least || at_most; }
    /// The bounds contradict each other: a wrong pair, or a clock that was set meanwhile.
    bool is_empty() const { return at_least && at_most && *at_least > *at_most; }
    void limit_below(double bound);
    void limit_above(double bound);
    bool holds(double offset, double slack = 0) const;
};
/// Whether both may be true at once.
bool agree(const OffsetInterval& a, const OffsetInterval& b);
/// "+37.4 to +39.4 s", "at least -0.2 s", "not known".
std::string to_text(const OffsetInterval& offset);

/// A message between the ends, by the stamp of each: the stamps are cut to their units.
void take_message(OffsetInterval& offset, const DeviceTime& sent, const DeviceTime& received, bool from_here);

/// `later` less `earlier`, in seconds. Stamps name no year: what lies more than half a year back is of the year after.
double difference(const DeviceTime& later, const DeviceTime& earlier);

/// A device's clock as the collecting machine read it: the device's less ours.
struct MeasuredOffset {
    double offset = 0, uncertainty = 0;  ///< seconds
};

struct Clocks {
    OffsetInterval by_messages;  ///< from messages that both ends name by a number of their own
    std::size_t messages = 0;
    OffsetInterval by_readings;  ///< from the readings of both clocks

    /// What both say together; what the messages say where the two disagree.
    OffsetInterval together() const;
    bool disagree() const;
    /// Sentences for people: what each of the two gives, and what a disagreement or a round difference points to.
    std::vector<std::string> sentences(const std::string& here, const std::string& there) const;
};
Clocks clocks_of_readings(const std::optional<MeasuredOffset>& here, const std::optional<MeasuredOffset>& there);

}  // namespace formats
