#include "formats/report/ladder_picture.hpp"

#include <algorithm>

#include "formats/report/html.hpp"
#include "formats/text/plain_text.hpp"

namespace formats {

namespace {

constexpr std::size_t width = 100, arrow_width = 48, place_width = 10, clock_width = 12;

// Columns are characters, and what a device printed is made fit for a terminal on the way.
std::string cut(const std::string& text, std::size_t to) { return plain_label(text, to); }
std::string padded(std::string text, std::size_t to) {
    const std::size_t has = length_of(text);
    return has >= to ? text : text + std::string(to - has, ' ');
}
std::string on_the_right(const std::string& text, std::size_t of) {
    const std::size_t has = length_of(text);
    return has >= of ? text : std::string(of - has, ' ') + text;
}

/// "a", "b", ... of the members of an end, as far as a rung names them.
class Members {
 public:
    std::string short_place(const Place& place) {
        const auto known = std::find(files_.begin(), files_.end(), place.file);
        const auto index = static_cast<std::size_t>(known - files_.begin());
        if (known == files_.end()) files_.push_back(place.file);
        std::string letter = index < 26 ? std::string(1, static_cast<char>('a' + index)) : "m" + std::to_string(index);
        return letter + ":" + std::to_string(place.line);
    }
    const std::vector<std::string>& files() const { return files_; }

 private:
    std::vector<std::string> files_;
};

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

/// "---- MM1 [SA V x5] ------------->"
std::string arrow_of(const Rung& rung) {
    const RungSide::Seen seen = (rung.is_from_here ? rung.there : rung.here).seen;
    const char to_here = seen == RungSide::Seen::yes ? '<' : seen == RungSide::Seen::no ? 'x' : '?';
    const char to_there = seen == RungSide::Seen::yes ? '>' : to_here;
    const std::string port = port_of(rung);
    const std::size_t room = arrow_width - 8 - (port.empty() ? 0 : port.size() + 1);
    std::string text = cut(label_of(rung), room);
    if (!port.empty()) text += " " + port;
    const std::string dashes(arrow_width - length_of(text) - 6, '-');
    if (rung.is_from_here) return "--- " + text + " " + dashes + to_there;
    return to_here + dashes + " " + text + " ---";
}

void wrap(std::string& out, const std::string& text, const std::string& indent) {
    std::string line = indent;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string word = cut(std::string(rest.substr(0, end)), width - indent.size());
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.size() > indent.size() && length_of(line) + 1 + length_of(word) > width) {
            out += line + "\n";
            line = indent;
        }
        if (line.size() > indent.size()) line += ' ';
        line += word;
    }
    if (line.size() > indent.size()) out += line + "\n";
}

class TextLadder {
 public:
    explicit TextLadder(const Ladder& ladder) : ladder_(ladder) {}

    std::string draw() {
        std::string body;
        for (std::size_t i = 0; i < ladder_.attempts.size(); ++i) draw_attempt(i, body);
        if (ladder_.left_out > 0) body += "\n" + std::to_string(ladder_.left_out) + " more attempts are not drawn.\n";
        std::string text = "Ladder of " + name_of(ladder_.here) + " and " + name_of(ladder_.there) + "\n";
        if (ladder_.attempts.empty()) {
            text += "No line of either end tells of a negotiation.\n";
            return text;
        }
        members_of(ladder_.here, here_, text);
        members_of(ladder_.there, there_, text);
        for (const std::string& sentence : ladder_.clocks) wrap(text, sentence, "");
        return text + body;
    }

 private:
    static std::string name_of(const Ladder::End& end) {
        return cut(end.name, 40) + (end.address.empty() ? "" : " (" + end.address + ")");
    }

    static void members_of(const Ladder::End& end, const Members& members, std::string& text) {
        for (std::size_t i = 0; i < members.files().size(); ++i) {
            const std::string letter = i < 26 ? std::string(1, static_cast<char>('a' + i)) : "m" + std::to_string(i);
            text += cut("  " + end.name + " " + letter + " = " + members.files()[i], width) + "\n";
        }
        if (end.by_arrival)
            wrap(text, "The times of " + end.name + " are those of arrival, by the collecting machine's clock.", "  ");
    }

    void draw_attempt(std::size_t index, std::string& text) {
        const LadderAttempt& attempt = ladder_.attempts[index];
        text += "\n";
        wrap(text, "Attempt " + std::to_string(index + 1) + ": " + attempt.title, "");
        wrap(text, attempt.paired, "");
        // Which end is where.
        text += "    " + padded(cut(ladder_.here.name, 40), width - 4 - length_of(cut(ladder_.there.name, 40))) +
                cut(ladder_.there.name, 40) + "\n";
        for (const RungRemark& remark : attempt.openings) draw_remark(remark, text);
        bool gap_here = false, gap_there = false;
        for (std::size_t i = 0; i < attempt.rungs.size(); ++i) {
            const Rung& rung = attempt.rungs[i];
            draw_gap(rung.here, ladder_.here, gap_here, text);
            draw_gap(rung.there, ladder_.there, gap_there, text);
            draw_rung(i + 1, rung, text);
        }
        for (const RungRemark& remark : attempt.closings) draw_remark(remark, text);
        if (attempt.left_out > 0)
            text += "    ... " + std::to_string(attempt.left_out) + " more messages are not drawn\n";
        wrap(text, "= " + attempt.outcome, "");
    }

    static void draw_gap(const RungSide& side, const Ladder::End& end, bool& is_open, std::string& text) {
        const bool is_gap = side.seen == RungSide::Seen::no_stream && end.is_collected;
        if (is_gap && !is_open) text += cut("    ~ the stream of " + end.name + " does not run here", width) + "\n";
        is_open = is_gap;
    }

    void draw_rung(std::size_t number, const Rung& rung, std::string& text) {
        const auto clock = [](const RungSide& side) {
            return side.seen == RungSide::Seen::yes ? side.clock : std::string(unseen_in_words(side.seen));
        };
        const auto place = [](const RungSide& side, Members& members) {
            return side.lines.empty() ? std::string() : members.short_place(side.lines.front());
        };
        std::string line = on_the_right(std::to_string(number), 3) + " " + padded(clock(rung.here), clock_width) + " " +
                           on_the_right(place(rung.here, here_), place_width) + " " + arrow_of(rung) + " " +
                           padded(place(rung.there, there_), place_width) + " " + clock(rung.there);
        while (line.back() == ' ') line.pop_back();
        text += cut(line, width) + "\n";
        draw_repeats(rung.is_from_here ? rung.here : rung.there, rung.is_from_here ? here_ : there_, "sent again",
                     text);
        draw_repeats(rung.is_from_here ? rung.there : rung.here, rung.is_from_here ? there_ : here_, "came again",
                     text);
        for (const RungRemark& remark : rung.remarks) draw_remark(remark, text);
    }

    static void draw_repeats(const RungSide& side, Members& members, const std::string& what, std::string& text) {
        if (side.repeat_count == 0) return;
        std::string said =
            "' " + what + " " + std::to_string(side.repeat_count) + (side.repeat_count == 1 ? " time:" : " times:");
        constexpr std::size_t most = 6;
        for (std::size_t i = 0; i < side.repeats.size() && i < most; ++i)
            said += (i == 0 ? " " : ", ") + side.repeats[i] + (side.repeats[i].empty() ? "" : " ") +
                    members.short_place(side.repeat_lines[i]);
        if (side.repeat_count > std::min(side.repeats.size(), most)) said += ", ...";
        wrap(text, said, "      ");
    }

    void draw_remark(const RungRemark& remark, std::string& text) {
        const char* const mark = remark.tone == RungRemark::Tone::refusal ? "!"
                                 : remark.tone == RungRemark::Tone::good  ? "+"
                                                                          : "-";
        const Ladder::End& end = remark.is_here ? ladder_.here : ladder_.there;
        Members& members = remark.is_here ? here_ : there_;
        const std::string indent = remark.is_here ? "    " : "          ";
        text +=
            cut(indent + mark + " " + end.name + " " + members.short_place(remark.place) + " " + remark.words, width) +
            "\n";
    }

    const Ladder& ladder_;
    Members here_, there_;
};

// The picture: two life lines and the rungs between them, all in units of CSS pixels.
constexpr int picture_width = 960, left = 230, right = 730, rung_height = 40, remark_height = 17;

std::string attribute(std::string_view name, int value) {
    return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

class Picture {
 public:
    Picture(const Ladder& ladder, const std::string& id, const LineAnchor& anchor)
        : ladder_(ladder), id_(html_value(id)), anchor_(anchor) {}

    std::vector<std::string> draw() {
        for (std::size_t i = 0; i < ladder_.attempts.size() && !is_full(); ++i) draw_attempt(i);
        if (left_out_ + ladder_.left_out > 0)
            text_line(left, "middle", "quiet",
                      std::to_string(left_out_ + ladder_.left_out) +
                          " more are in the text of the ladder and in the captures");
        std::vector<std::string> lines;
        lines.push_back("<svg class=\"ladder\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
                        std::to_string(picture_width) + " " + std::to_string(y_ + 12) + "\" aria-labelledby=\"" + id_ +
                        "-title " + id_ + "-text\">");
        lines.push_back("<title id=\"" + id_ + "-title\">Ladder of " + html_text(ladder_.here.name) + " and " +
                        html_text(ladder_.there.name) + "</title>");
        std::string description;
        for (std::size_t i = 0; i < ladder_.attempts.size(); ++i)
            description += "Attempt " + std::to_string(i + 1) + ": " + ladder_.attempts[i].title + ". " +
                           ladder_.attempts[i].outcome + " ";
        lines.push_back("<desc id=\"" + id_ + "-text\">" + html_text(cut(description, 4000)));
        lines.push_back("</desc>");
        for (std::string& line : lines_) lines.push_back(std::move(line));
        lines.push_back("</svg>");
        return lines;
    }

 private:
    bool is_full() {
        if (bytes_ < most_picture_bytes) return false;
        ++left_out_;
        return true;
    }
    void put(std::string line) {
        bytes_ += line.size() + 1;
        lines_.push_back(std::move(line));
    }

    void put_text(int x, int y, std::string_view anchor, std::string_view of_class, const std::string& text) {
        put("<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + std::string(anchor) + "\" class=\"" +
            std::string(of_class) + "\">" + html_text(text) + "</text>");
    }
    void text_line(int x, std::string_view anchor, std::string_view of_class, const std::string& text) {
        y_ += remark_height;
        put_text(x, y_, anchor, of_class, text);
    }

    /// Text that leads to the line it was read from.
    void put_link(int x, int y, std::string_view anchor, std::string_view of_class, const std::string& text,
                  const Place& place) {
        const std::string target = place.empty() ? std::string() : anchor_(place);
        const std::string tip = place.file + ":" + std::to_string(place.line);
        if (!target.empty()) put("<a href=\"#" + html_value(target) + "\">");
        put("<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + std::string(anchor) + "\" class=\"" +
            std::string(of_class) + "\">" + html_text(text) +
            (place.empty() ? "" : "<title>" + html_text(tip) + "</title>") + "</text>");
        if (!target.empty()) put("</a>");
    }

    void draw_attempt(std::size_t index) {
        const LadderAttempt& attempt = ladder_.attempts[index];
        y_ += 26;
        put_text(8, y_, "start", "heading", cut("Attempt " + std::to_string(index + 1) + ": " + attempt.title, 120));
        text_line(8, "start", "quiet", cut(attempt.paired, 140));
        y_ += 24;
        put_text(left, y_, "middle", "end", cut(ladder_.here.name, 30));
        put_text(right, y_, "middle", "end", cut(ladder_.there.name, 30));
        const int begin = y_ + 8;
        const std::size_t life = lines_.size();  // the life lines stand below what is drawn on them
        lines_.resize(life + 2);
        for (const RungRemark& remark : attempt.openings) draw_remark(remark);
        for (const Rung& rung : attempt.rungs) {
            if (is_full()) continue;
            draw_rung(rung);
        }
        for (const RungRemark& remark : attempt.closings) draw_remark(remark);
        y_ += 12;
        for (const bool is_left : {true, false})
            lines_[life + (is_left ? 0 : 1)] = "<line class=\"life\"" + attribute("x1", is_left ? left : right) +
                                               attribute("y1", begin) + attribute("x2", is_left ? left : right) +
                                               attribute("y2", y_) + "/>";
        if (attempt.left_out > 0)
            text_line(8, "start", "quiet", std::to_string(attempt.left_out) + " more messages are not drawn");
        y_ += 4;
        text_line(8, "start", "outcome", cut(attempt.outcome, 140));
    }

    void draw_side(const RungSide& side, int x, bool is_left) {
        const int at = is_left ? x - 12 : x + 12;
        const std::string_view anchor = is_left ? "end" : "start";
        if (side.seen == RungSide::Seen::yes) {
            const Place& place = side.lines.front();
            put_link(at, y_ + 4, anchor, "clock",
                     (side.clock.empty() ? "line" : side.clock) + " :" + std::to_string(place.line), place);
        } else {
            put_text(at, y_ + 4, anchor, side.seen == RungSide::Seen::no ? "unseen" : "quiet",
                     std::string(unseen_in_words(side.seen)));
        }
        // A tick a retransmission.
        constexpr std::size_t most_ticks = 12;
        for (std::size_t i = 0; i < std::min(side.repeat_count, most_ticks); ++i) {
            const int tick = is_left ? x + 8 + 7 * static_cast<int>(i) : x - 8 - 7 * static_cast<int>(i);
            put("<line class=\"tick\"" + attribute("x1", tick) + attribute("y1", y_ + 4) + attribute("x2", tick) +
                attribute("y2", y_ + 12) + "/>");
        }
        if (side.repeat_count > 0)
            put_link(at, y_ + 18, anchor, "quiet", "+" + std::to_string(side.repeat_count) + " again",
                     side.repeat_lines.empty() ? Place{} : side.repeat_lines.front());
    }

    void draw_rung(const Rung& rung) {
        y_ += rung_height;
        const RungSide& receiver = rung.is_from_here ? rung.there : rung.here;
        const bool arrives = receiver.seen == RungSide::Seen::yes, is_lost = receiver.seen == RungSide::Seen::no;
        const int from = rung.is_from_here ? left : right, to = rung.is_from_here ? right : left;
        const int sign = rung.is_from_here ? 1 : -1;
        const int end = arrives ? to : from + sign * (right - left) * 3 / 4;
        put_text((left + right) / 2, y_ - 7, "middle", "label",
                 cut(label_of(rung) + (port_of(rung).empty() ? "" : " " + port_of(rung)), 74));
        put("<line class=\"" +
            std::string(arrives   ? "arrow"
                        : is_lost ? "arrow lost"
                                  : "arrow open") +
            "\"" + attribute("x1", from) + attribute("y1", y_) + attribute("x2", end) + attribute("y2", y_) + "/>");
        if (arrives)
            put("<path class=\"head\" d=\"M" + std::to_string(end) + " " + std::to_string(y_) + " l" +
                std::to_string(-sign * 9) + " -4 v8 z\"/>");
        else if (is_lost)
            put("<path class=\"cross\" d=\"M" + std::to_string(end - 5) + " " + std::to_string(y_ - 5) +
                " l10 10 m0 -10 l-10 10\"/>");
        for (const bool is_left : {true, false}) {
            const RungSide& side = is_left ? rung.here : rung.there;
            if (side.seen == RungSide::Seen::no_stream) {
                const int x = is_left ? left : right;
                put("<line class=\"gap\"" + attribute("x1", x) + attribute("y1", y_ - rung_height / 2) +
                    attribute("x2", x) + attribute("y2", y_ + rung_height / 2) + "/>");
            }
            draw_side(side, is_left ? left : right, is_left);
        }
        if (rung.here.repeat_count + rung.there.repeat_count > 0) y_ += 18;
        for (const RungRemark& remark : rung.remarks) draw_remark(remark);
    }

    void draw_remark(const RungRemark& remark) {
        y_ += remark_height;
        const std::string_view of_class = remark.tone == RungRemark::Tone::refusal ? "refusal"
                                          : remark.tone == RungRemark::Tone::good  ? "success"
                                                                                   : "remark";
        const std::string mark = remark.tone == RungRemark::Tone::refusal ? "refused: " : "";
        const int x = remark.is_here ? 8 : picture_width - 8;
        put_link(x, y_, remark.is_here ? "start" : "end", of_class, cut(mark + remark.words, 118), remark.place);
    }

    const Ladder& ladder_;
    std::string id_;
    const LineAnchor& anchor_;
    std::vector<std::string> lines_;
    std::size_t bytes_ = 0, left_out_ = 0;
    int y_ = 0;
};

}  // namespace

std::string ladder_text(const Ladder& ladder) { return TextLadder(ladder).draw(); }

std::vector<std::string> ladder_svg(const Ladder& ladder, const std::string& id, const LineAnchor& anchor) {
    return Picture(ladder, id, anchor).draw();
}

std::string_view ladder_style() {
    return ".ladder { width: 100%; max-width: 60rem; height: auto; font: 12px ui-monospace, Menlo, Consolas, "
           "monospace; }\n"
           ".ladder text { fill: var(--ink, CanvasText); }\n"
           ".ladder .heading, .ladder .outcome, .ladder .end { font-weight: 600; }\n"
           ".ladder .quiet, .ladder .clock, .ladder .remark { fill: var(--quiet, GrayText); }\n"
           ".ladder a .clock { fill: var(--accent, LinkText); }\n"
           ".ladder .unseen { fill: var(--warn, CanvasText); font-weight: 600; }\n"
           ".ladder .refusal { fill: var(--bad, CanvasText); font-weight: 600; }\n"
           ".ladder .success { fill: var(--good, CanvasText); }\n"
           ".ladder .life { stroke: var(--quiet, GrayText); }\n"
           ".ladder .gap { stroke: var(--page, Canvas); stroke-width: 3; stroke-dasharray: 3 3; }\n"
           ".ladder .arrow { stroke: var(--ink, CanvasText); stroke-width: 1.4; }\n"
           ".ladder .lost { stroke: var(--warn, CanvasText); stroke-dasharray: 6 4; }\n"
           ".ladder .open { stroke: var(--quiet, GrayText); stroke-dasharray: 2 4; }\n"
           ".ladder .cross { stroke: var(--warn, CanvasText); stroke-width: 2; fill: none; }\n"
           ".ladder .head { fill: var(--ink, CanvasText); }\n"
           ".ladder .tick { stroke: var(--warn, CanvasText); stroke-width: 2; }\n";
}

}  // namespace formats
