#pragma once
// The negotiations of a tunnel as a ladder: a rung a message, with what each end says of it. What only one end has a line
// for is "not seen" at the other, which is no loss: only where that end's stream provably ran does the ladder say so.

#include <cstdint>
#include <string>
#include <vector>

#include "formats/analysis/pairing.hpp"
#include "formats/analysis/tunnel_facts.hpp"

namespace formats {

/// What an end's lines say about a rung.
struct RungSide {
    enum class Seen : std::uint8_t {
        yes,
        no,         ///< its stream ran before and after, and has no line for it
        not_known,  ///< it has no line, and whether its stream ran then cannot be told
        no_stream,  ///< its stream did not run then
        inferred,   ///< its device does not print what it sends
    } seen = Seen::yes;
    std::string clock;                 ///< "11:21:31.912", by the clock that Ladder::End names
    std::vector<Place> lines;          ///< the deciding one first; empty unless seen
    std::vector<std::string> repeats;  ///< when it left, or arrived, once more
    std::vector<Place> repeat_lines;   ///< as many
    std::size_t repeat_count = 0;      ///< of all, those that are not listed included
};

struct RungRemark {
    enum class Tone : std::uint8_t { plain, good, refusal } tone = Tone::plain;
    bool is_here = true;
    std::string words;  ///< of the device, without its stamp
    Place place;
};

struct Rung {
    bool is_from_here = true;
    std::string label;     ///< "MM5", "IKE_AUTH request"
    std::string payloads;  ///< as the sender prints them, else as the receiver does
    unsigned port = 0;     ///< that it left from, when it is another one than before; 0: the same, or not said
    unsigned fragments = 0;
    RungSide here, there;
    std::vector<RungRemark> remarks;
};

struct LadderAttempt {
    std::string title;                 ///< "IKEv1, hq begins (attempt 7 of hq, 54 of branch)"
    std::string paired;                ///< by what, or that it is not
    std::vector<RungRemark> openings;  ///< said before the first message
    std::vector<RungRemark> closings;  ///< said by an end that has no line for any message
    std::vector<Rung> rungs;
    std::string outcome;  ///< one sentence: how far it came, and what stopped it
    std::size_t left_out = 0;
};

struct Ladder {
    struct End {
        std::string name, address;
        std::vector<std::string> files;  ///< members that the places name
        bool by_arrival = false;         ///< the device prints no time: the collecting machine's clock
        bool is_collected = true;
    };
    End here, there;
    std::vector<LadderAttempt> attempts;
    std::size_t left_out = 0;  ///< attempts beyond `most_attempts`
    std::vector<std::string> clocks;

    static constexpr std::size_t most_attempts = 24, most_rungs = 96;
};

/// Of one tunnel; empty of attempts when no end has a line about IKE.
Ladder ladder_of(const TunnelFacts& tunnel);
/// Of the tunnels of a bundle: two ends are each other's, a hub stands first and its spokes follow.
std::vector<Ladder> ladders_of(const Evidence& evidence);

}  // namespace formats
