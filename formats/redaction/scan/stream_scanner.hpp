#pragma once
// A stream of raw bytes, each logical line of it searched once, and read again where something was replaced. Lines that
// nothing can apply to are handed on without being copied. When a rule is still open at the end of a part of an overlong
// line, the rest of the line is handed on as blanked.

#include <memory>
#include <string_view>

#include "formats/redaction/scan/line_cutter.hpp"
#include "formats/redaction/scan/line_scanner.hpp"
#include "formats/redaction/scan/scanned_text.hpp"
#include "formats/redaction/scan/second_reading.hpp"

namespace formats {

class StreamScanner : private LineTaker {
 public:
    /// `learn`: what a rule finds is added to `learned`. Both must outlive the scanner.
    StreamScanner(const RuleBook& rules, LearnedSecrets& learned, bool learn);

    void feed(std::string_view bytes, ScannedText& out);
    void finish(ScannedText& out);
    /// From now on what the rules leave is told to `out` as well.
    void explain() { scanner_.explain(); }

 private:
    void line(const MappedText& text, std::size_t begin, std::size_t end) override;
    void text_ends() override;
    Taken part(const MappedText& text) override;
    void blanked(std::string_view raw) override { out_->blanked(raw); }
    void line_break(std::string_view raw) override { out_->plain(raw); }
    bool must_read_again() const { return again_ != nullptr && again_->came_out_differently(); }
    void hand_on(std::string_view raw, bool found);

    const RuleBook& rules_;
    LearnedSecrets& learned_;
    const bool learn_;
    LineCutter cutter_;
    LineScanner scanner_;
    std::unique_ptr<SecondReading> again_;  ///< from the first secret on
    ScannedText* out_ = nullptr;            ///< while something is fed
    std::string_view plain_;                ///< lines without a finding, to be handed on together
};

}  // namespace formats
