#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/report/ladder_picture.hpp"
#include "formats/report/ladder_text.hpp"
#include "formats/text/plain_text.hpp"

// The stream of one end, a line "=", that of the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const std::size_t border = text.find("\n=\n");
    formats::Evidence evidence;
    for (const std::string_view stream :
         {text.substr(0, border), border == std::string_view::npos ? std::string_view() : text.substr(border + 3)}) {
        formats::EndEvidence end;
        end.name = evidence.ends.empty() ? "hq" : "branch";
        end.files = {"endpoints/" + end.name + "/debug/stream.txt"};
        formats::EventReader reader;
        reader.begin(0);
        reader.feed(stream);
        reader.end();
        end.stream = reader.facts();
        end.events = reader.take();
        end.has_stream = end.stream.lines > 0;
        end.view.finish({});
        evidence.ends.push_back(std::move(end));
    }
    for (const formats::Ladder& ladder : formats::ladders_of(evidence)) {
        for (const formats::LadderAttempt& attempt : ladder.attempts) {
            if (attempt.rungs.size() > formats::Ladder::most_rungs || attempt.outcome.empty()) std::abort();
            for (const formats::Rung& rung : attempt.rungs) {
                const bool here = rung.here.seen == formats::RungSide::Seen::yes;
                const bool there = rung.there.seen == formats::RungSide::Seen::yes;
                // A rung that nobody has a line for is none, and one that is seen names its line.
                if (!here && !there) std::abort();
                if (here != !rung.here.lines.empty() || there != !rung.there.lines.empty()) std::abort();
            }
        }
        std::string_view drawn;
        const std::string whole = formats::ladder_text(ladder);
        for (drawn = whole; !drawn.empty();) {
            const std::size_t end = drawn.find('\n');
            if (end == std::string_view::npos || formats::length_of(drawn.substr(0, end)) > 100) std::abort();
            drawn.remove_prefix(end + 1);
        }
        for (const std::string& line : formats::ladder_svg(ladder, "l", [](const formats::Place&) { return "x"; }))
            if (line.find('\n') != std::string::npos) std::abort();
    }
    return 0;
}
