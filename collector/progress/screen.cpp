#include "collector/progress/screen.hpp"

#include <algorithm>

#include "collector/progress/screen_text.hpp"

namespace collector {

namespace {

constexpr std::size_t kind_width = 8;
/// Messages pile up while a question stands on the terminal, or while it is stopped.
constexpr std::size_t messages_bound = std::size_t{256} << 10;
constexpr std::string_view reset_colour = "\x1b[0m";

std::string padded(std::string_view text, std::size_t width) {
    std::string result(text);
    result.append(width > text.size() ? width - text.size() : 0, ' ');
    return result;
}

}  // namespace

std::string_view Screen::colour_of(EventKind kind) const {
    if (!settings_.colour) return {};
    switch (kind) {
        case EventKind::warning:
        case EventKind::action: return "\x1b[33m";
        case EventKind::guard: return "\x1b[31m";
        case EventKind::finding: return "\x1b[36m";
        case EventKind::debug: return "\x1b[35m";
        case EventKind::phase: return "\x1b[1m";
        default: return {};
    }
}

bool Screen::is_scrolled(EventKind kind, bool is_passing) const {
    if (settings_.verbosity < 0) return false;
    if (settings_.verbosity > 0) return true;
    // What comes many times per endpoint stands in its live line, or nowhere; what is not whole is listed at the end.
    if (kind == EventKind::capture) return false;
    return !is_passing || !settings_.live;
}

std::string Screen::line_of(EventKind kind, std::string_view endpoint, std::string_view text) const {
    const auto colour = colour_of(kind);
    std::string line = padded(endpoint.empty() ? "-" : endpoint, endpoint_width_) + ' ';
    line += colour;
    line += padded(name_of(kind), kind_width);
    if (!colour.empty()) line += reset_colour;
    line += ' ';
    // Further lines stand below the text: none can pass for a message of its own.
    const std::string indent(endpoint_width_ + kind_width + 2, ' ');
    for (const char c : text) {
        line += c;
        if (c == '\n') line += indent;
    }
    return line;
}

void Screen::add(EventKind kind, const formats::RedactedText& endpoint, const formats::RedactedText& text,
                 bool is_passing) {
    const std::string name = neutralised(endpoint.str());
    std::string shown = neutralised(text.str(), true);
    while (shown.ends_with('\n')) shown.pop_back();
    endpoint_width_ = std::max(endpoint_width_, name.size());
    if (is_scrolled(kind, is_passing)) {
        if (messages_.size() < messages_bound)
            messages_ += line_of(kind, name, shown) + '\n';
        else
            ++left_out_;
    }
    if (!settings_.live || settings_.verbosity < 0 || name.empty()) return;
    const auto known =
        std::find_if(live_.begin(), live_.end(), [&](const LiveLine& line) { return line.endpoint == name; });
    const std::string first_line = shown.substr(0, shown.find('\n'));
    if (known == live_.end()) {
        live_.push_back({name, kind, first_line});
    } else {
        known->kind = kind;
        known->text = first_line;
    }
    changed_ = true;
}

void Screen::add_always(const formats::RedactedText& text) {
    messages_ += neutralised(text.str(), true);
    if (!messages_.ends_with('\n')) messages_ += '\n';
}

std::string Screen::take(Size size, bool draw_live) {
    const bool hide = !draw_live && drawn_ > 0;
    if (messages_.empty() && !hide && !(draw_live && (changed_ || (drawn_ == 0 && !live_.empty())))) return {};
    std::string bytes;
    // The cursor stands behind the last live line.
    if (drawn_ > 0) {
        bytes += '\r';
        if (drawn_ > 1) bytes += "\x1b[" + std::to_string(drawn_ - 1) + 'A';
        bytes += "\x1b[J";
    }
    bytes += messages_;
    messages_.clear();
    if (left_out_ > 0) bytes += "- " + std::to_string(left_out_) + " lines left out: the terminal took none\n";
    left_out_ = 0;
    drawn_ = 0;
    if (draw_live) {
        // A line that fills the last column, or a block that fills the screen, would scroll by itself.
        const std::size_t columns = std::max<std::size_t>(size.columns, 2) - 1;
        const std::size_t room = std::max<std::size_t>(size.rows, 3) - 1;
        const std::size_t shown = live_.size() <= room ? live_.size() : room - 1;
        const auto draw = [&](const std::string& text) {
            if (drawn_++ > 0) bytes += "\r\n";
            bytes += cut_to_columns(text, columns);
        };
        // Colour would count as columns: live lines have none.
        for (std::size_t at = 0; at < shown; ++at)
            draw(padded(live_[at].endpoint, endpoint_width_) + ' ' + padded(name_of(live_[at].kind), kind_width) + ' ' +
                 live_[at].text);
        if (shown < live_.size()) draw("... and " + std::to_string(live_.size() - shown) + " more");
        changed_ = false;
    }
    return bytes;
}

}  // namespace collector
