#include "formats/analysis/clocks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace formats {

namespace {

constexpr double year = 365 * 86400.0;
constexpr double half_hour = 1800;

std::string seconds_in_text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%+.3f", seconds);
    std::string short_text = text;
    while (short_text.back() == '0') short_text.pop_back();
    if (short_text.back() == '.') short_text.pop_back();
    return short_text == "+" || short_text == "-" || short_text == "-0" ? "+0" : short_text;
}

}  // namespace

void OffsetInterval::limit_below(double bound) { at_least = at_least ? std::max(*at_least, bound) : bound; }
void OffsetInterval::limit_above(double bound) { at_most = at_most ? std::min(*at_most, bound) : bound; }

bool OffsetInterval::holds(double offset, double slack) const {
    return (!at_least || offset >= *at_least - slack) && (!at_most || offset <= *at_most + slack);
}

bool agree(const OffsetInterval& a, const OffsetInterval& b) {
    return (!a.at_least || !b.at_most || *a.at_least <= *b.at_most) &&
           (!b.at_least || !a.at_most || *b.at_least <= *a.at_most);
}

std::string to_text(const OffsetInterval& offset) {
    if (offset.at_least && offset.at_most)
        return seconds_in_text(*offset.at_least) + " to " + seconds_in_text(*offset.at_most) + " s";
    if (offset.at_least) return "at least " + seconds_in_text(*offset.at_least) + " s";
    if (offset.at_most) return "at most " + seconds_in_text(*offset.at_most) + " s";
    return "not known";
}

double difference(const DeviceTime& later, const DeviceTime& earlier) {
    const double seconds = later.seconds - earlier.seconds;
    return seconds < -year / 2 ? seconds + year : seconds > year / 2 ? seconds - year : seconds;
}

void take_message(OffsetInterval& offset, const DeviceTime& sent, const DeviceTime& received, bool from_here) {
    // A stamp is cut to its unit: the moment lies in [stamp, stamp + unit).
    if (from_here)
        offset.limit_above(difference(received, sent) + received.unit);
    else
        offset.limit_below(-(difference(received, sent) + received.unit));
}

OffsetInterval Clocks::together() const {
    if (by_messages.is_empty() || !by_messages.is_known()) return by_readings;
    if (!agree(by_messages, by_readings)) return by_messages;
    OffsetInterval both = by_messages;
    if (by_readings.at_least) both.limit_below(*by_readings.at_least);
    if (by_readings.at_most) both.limit_above(*by_readings.at_most);
    return both;
}

bool Clocks::disagree() const {
    return by_messages.is_known() && by_readings.is_known() && !by_messages.is_empty() &&
           !agree(by_messages, by_readings);
}

std::vector<std::string> Clocks::sentences(const std::string& here, const std::string& there) const {
    std::vector<std::string> said;
    const std::string difference_text = "The clock of " + there + " less that of " + here;
    if (by_messages.is_empty())
        said.push_back("The paired messages contradict each other about the clocks (" + to_text(by_messages) +
                       "): a pair is wrong, or a clock was set meanwhile.");
    else if (by_messages.is_known())
        said.push_back(difference_text + ", by " + std::to_string(messages) +
                       (messages == 1 ? " message: " : " messages: ") + to_text(by_messages) + ".");
    if (by_readings.is_known()) said.push_back(difference_text + ", as both were read: " + to_text(by_readings) + ".");
    if (said.empty()) said.push_back("How far the clocks are apart is not known.");
    if (disagree()) said.push_back("The two disagree: a clock was set meanwhile, or its time zone was taken wrongly.");
    const OffsetInterval known = together();
    if (known.at_least && known.at_most && !known.is_empty()) {
        const double middle = (*known.at_least + *known.at_most) / 2;
        const double halves = std::round(middle / half_hour);
        if (halves != 0 && known.holds(halves * half_hour, 1))
            said.push_back("A difference of whole or half hours points to a time zone.");
    }
    return said;
}

Clocks clocks_of_readings(const std::optional<MeasuredOffset>& here, const std::optional<MeasuredOffset>& there) {
    Clocks clocks;
    if (!here || !there) return clocks;
    const double offset = there->offset - here->offset, error = here->uncertainty + there->uncertainty;
    clocks.by_readings = {offset - error, offset + error};
    return clocks;
}

}  // namespace formats
