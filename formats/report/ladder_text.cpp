#include "formats/report/ladder_text.hpp"

#include <algorithm>

#include "formats/report/rung_words.hpp"
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

}  // namespace

std::string ladder_text(const Ladder& ladder) { return TextLadder(ladder).draw(); }

}  // namespace formats
