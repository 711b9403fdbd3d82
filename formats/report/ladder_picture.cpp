#include "formats/report/ladder_picture.hpp"

#include <algorithm>

#include "formats/report/html.hpp"
#include "formats/report/rung_words.hpp"
#include "formats/text/plain_text.hpp"

namespace formats {

namespace {

// What a device printed is made fit for a page on the way.
std::string cut(const std::string& text, std::size_t to) { return plain_label(text, to); }

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

std::vector<std::string> ladder_svg(const Ladder& ladder, const std::string& id, const LineAnchor& anchor) {
    return Picture(ladder, id, anchor).draw();
}

}  // namespace formats
