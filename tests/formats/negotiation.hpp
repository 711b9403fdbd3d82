#pragma once
// Lines of negotiations as devices print them, for the tests of attempts, pairing and ladder.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "formats/analysis/event_reader.hpp"
#include "two_ends.hpp"

namespace negotiation {

using namespace formats;

/// One end of a daemon's log: its address, its number of the attempt, what its clock is ahead.
struct Charon {
    std::string own = "198.51.100.1", peer = "203.0.113.7", number = "7";
    double ahead = 0;
    bool whole_seconds = false;
    std::string text{};

    std::string stamp(double at) const {
        const double seconds = 36000 + at + ahead;
        const long whole = static_cast<long>(seconds);
        char line[64];
        if (whole_seconds)
            std::snprintf(line, sizeof line, "2026-11-18T%02ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
        else
            std::snprintf(line, sizeof line, "2026-11-18T%02ld:%02ld:%02ld.%03d", whole / 3600, whole / 60 % 60,
                          whole % 60, static_cast<int>((seconds - static_cast<double>(whole)) * 1000 + 0.5));
        return line;
    }
    Charon& say(double at, const std::string& part, const std::string& words) {
        text += stamp(at) + " 09[" + part + "] <to|" + number + "> " + words + "\n";
        return *this;
    }
    Charon& packet_out(double at, unsigned port, unsigned bytes) {
        return say(at, "NET",
                   "sending packet: from " + own + "[" + std::to_string(port) + "] to " + peer + "[" +
                       std::to_string(port) + "] (" + std::to_string(bytes) + " bytes)");
    }
    Charon& packet_in(double at, unsigned port, unsigned bytes) {
        return say(at, "NET",
                   "received packet: from " + peer + "[" + std::to_string(port) + "] to " + own + "[" +
                       std::to_string(port) + "] (" + std::to_string(bytes) + " bytes)");
    }
    Charon& sends(double at, const std::string& message, unsigned bytes = 180, unsigned port = 500) {
        say(at, "ENC", "generating " + message);
        return packet_out(at, port, bytes);
    }
    Charon& takes(double at, const std::string& message, unsigned bytes = 180, unsigned port = 500) {
        packet_in(at, port, bytes);
        return say(at, "ENC", "parsed " + message);
    }
};

struct Pair {
    Charon hq, branch;
    Pair() {
        branch.own = "203.0.113.7";
        branch.peer = "198.51.100.1";
        branch.number = "54";
    }
    /// hq sends and branch takes, 4 ms later.
    Pair& to_branch(double at, const std::string& message, unsigned bytes = 180, unsigned port = 500) {
        hq.sends(at, message, bytes, port);
        branch.takes(at + 0.004, message, bytes, port);
        return *this;
    }
    Pair& to_hq(double at, const std::string& message, unsigned bytes = 180, unsigned port = 500) {
        branch.sends(at, message, bytes, port);
        hq.takes(at + 0.004, message, bytes, port);
        return *this;
    }
    /// Main mode up to its fourth message.
    Pair& main_mode(double at = 0) {
        to_branch(at, "ID_PROT request 0 [ SA V V ]", 180);
        to_hq(at + 0.010, "ID_PROT response 0 [ SA V ]", 160);
        to_branch(at + 0.020, "ID_PROT request 0 [ KE No NAT-D NAT-D ]", 396);
        return to_hq(at + 0.030, "ID_PROT response 0 [ KE No NAT-D NAT-D ]", 396);
    }
    Pair& phase1(double at = 0) {
        main_mode(at);
        to_branch(at + 0.040, "ID_PROT request 0 [ ID HASH ]", 108, 4500);
        return to_hq(at + 0.050, "ID_PROT response 0 [ ID HASH ]", 92, 4500);
    }
    Pair& quick_mode(double at, const std::string& id) {
        to_branch(at, "QUICK_MODE request " + id + " [ HASH SA No ID ID ]", 188, 4500);
        to_hq(at + 0.010, "QUICK_MODE response " + id + " [ HASH SA No ID ID ]", 188, 4500);
        return to_branch(at + 0.020, "QUICK_MODE request " + id + " [ HASH ]", 76, 4500);
    }
};

/// An end of a bundle from its stream alone.
inline EndEvidence end_of(const std::string& name, const std::string& text) {
    EndEvidence end;
    end.name = name;
    end.files = {"endpoints/" + name + "/debug/stream.txt"};
    EventReader reader;
    reader.begin(0);
    reader.feed(text);
    reader.end();
    end.stream = reader.facts();
    end.events = reader.take();
    end.has_stream = end.stream.lines > 0;
    end.view.finish({});
    return end;
}

inline std::vector<const Event*> events_of(const EndEvidence& end) {
    std::vector<const Event*> events;
    for (const Event& event : end.events) events.push_back(&event);
    return events;
}

}  // namespace negotiation
