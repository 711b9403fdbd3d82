#include "formats/redaction/scan/stream_scanner.hpp"

#include <algorithm>

#include "formats/text/text_class.hpp"

namespace formats {

StreamScanner::StreamScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn)
    : rules_(rules), learned_(learned), learn_(learn), scanner_(rules, learned, learn) {}

void StreamScanner::feed(std::string_view bytes, ScannedText& out) {
    out_ = &out;
    scanner_.hold_literals();
    cutter_.feed(bytes, *this);
    scanner_.release_literals();
}

void StreamScanner::finish(ScannedText& out) {
    out_ = &out;
    scanner_.hold_literals();
    cutter_.finish(*this);
    scanner_.release_literals();
    scanner_.set_blocks(rules_.no_block());
    if (again_) again_->forget();
}

void StreamScanner::line(const MappedText& text, std::size_t begin, std::size_t end) {
    const std::string_view raw = text.text.substr(begin, end - begin);
    const bool found = scanner_.scan(text, begin, end, false);
    if (!scanner_.left().empty()) {
        text_ends();
        for (const LeftText& left : scanner_.left()) out_->left(left.rule, left.why);
    }
    if (found || must_read_again()) {
        text_ends();
        hand_on(raw, found);
    } else {
        plain_ = plain_.empty() ? raw : std::string_view(plain_.data(), plain_.size() + raw.size());
    }
}

void StreamScanner::text_ends() {
    if (!plain_.empty()) out_->plain(plain_);
    plain_ = {};
}

LineTaker::Taken StreamScanner::part(const MappedText& mapped) {
    const std::string_view part = mapped.text;
    const bool found = scanner_.scan(mapped, 0, part.size(), true);
    // An open rule has taken what follows: there is no next part to start with the end of this one.
    const bool open = scanner_.is_open();
    std::size_t cut = open ? part.size() : part.size() - part_overlap;
    for (std::size_t back = cut; !open && back > part.size() - longest_held_line / 2; --back)
        if (!is_alnum(part[back - 1])) {
            cut = back;
            break;
        }
    std::size_t shown = 0;
    for (; found && shown < scanner_.found().size() && scanner_.found()[shown].begin < cut; ++shown)
        cut = std::max(cut, scanner_.found()[shown].end);
    scanner_.keep_found(shown);
    const std::string_view raw = part.substr(0, cut);
    if (shown > 0 || must_read_again())
        hand_on(raw, shown > 0);
    else
        out_->plain(raw);
    return {cut, open};
}

// A logical line or the part of an overlong one, in which secrets were found or of which the second reading has to know.
void StreamScanner::hand_on(std::string_view raw, bool found) {
    if (!learn_ || (found && scanner_.takes_words_alone() && !must_read_again()))
        return out_->with_secrets(raw, scanner_.found());
    if (!again_) again_ = std::make_unique<SecondReading>(rules_, learned_);
    std::string text = found ? out_->replaced(raw, scanner_.found()) : std::string(raw);
    scanner_.release_literals();
    text = again_->read(std::move(text), scanner_.blocks_before(), scanner_.blocks(), *out_);
    scanner_.hold_literals();
    out_->plain(text);
}

}  // namespace formats
