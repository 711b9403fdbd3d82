#include "formats/report/rung_words.hpp"

namespace formats {

std::string_view unseen_in_words(RungSide::Seen seen) {
    switch (seen) {
        case RungSide::Seen::yes: return "";
        case RungSide::Seen::no: return "not seen";
        case RungSide::Seen::not_known: return "not seen?";
        case RungSide::Seen::no_stream: return "no stream";
        case RungSide::Seen::inferred: return "inferred";
    }
    return "";
}

std::string label_of(const Rung& rung) {
    std::string label = rung.label;
    if (!rung.payloads.empty()) label += " [" + rung.payloads + "]";
    if (rung.fragments > 1) label += " in " + std::to_string(rung.fragments) + " fragments";
    return label;
}

std::string port_of(const Rung& rung) { return rung.port == 0 ? "" : ":" + std::to_string(rung.port); }

}  // namespace formats
