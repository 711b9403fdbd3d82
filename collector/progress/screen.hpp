#pragma once
// What people see on stderr, composed as bytes:
//
//   plain  hq       debug    armed: isakmp, ipsec          one line an event
//   live   the same lines scroll and stay; below them one line per endpoint with its latest event is redrawn in place
//
// "-" stands in the first column for what concerns the whole run. Colour and cursor movements are written
// only when the settings ask for them. Knows no descriptor and no clock.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/progress/progress.hpp"
#include "formats/redaction/redacted_text.hpp"

namespace collector {

class Screen {
 public:
    explicit Screen(const ProgressSettings& settings) : settings_(settings) {}

    /// Whether an event of this kind is shown at all: no other need be cleaned for it.
    bool shows(EventKind kind) const {
        return is_scrolled(kind, false) || (settings_.live && settings_.verbosity >= 0);
    }
    /// Notes an event; it is part of the next take(). What is passing stands in a live line only, where there are any.
    void add(EventKind kind, const formats::RedactedText& endpoint, const formats::RedactedText& text,
             bool is_passing = false);
    /// A text that is shown as it is, also when quiet: newlines stay.
    void add_always(const formats::RedactedText& text);

    struct Size {
        std::size_t columns = 80, rows = 24;
    };
    /// The bytes that bring the terminal up to date. `draw_live` false leaves the live lines away (for a
    /// terminal that is slow, or when a question stands there). More endpoints than rows are summed up.
    std::string take(Size size, bool draw_live);

 private:
    bool is_scrolled(EventKind kind, bool is_passing) const;
    std::string line_of(EventKind kind, std::string_view endpoint, std::string_view text) const;
    std::string_view colour_of(EventKind kind) const;

    struct LiveLine {
        std::string endpoint;
        EventKind kind;
        std::string text;
    };
    ProgressSettings settings_;
    std::string messages_;
    std::size_t left_out_ = 0;
    std::vector<LiveLine> live_;
    std::size_t endpoint_width_ = 8;
    std::size_t drawn_ = 0;  ///< live lines that stand on the terminal now
    bool changed_ = false;
};

}  // namespace collector
