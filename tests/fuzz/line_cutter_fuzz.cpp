// Any bytes cut into logical lines: what is handed on is what was fed, in order and without gaps; the lines are the same
// whatever the chunks; each ends with a line break but the last one.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/scan/line_cutter.hpp"

namespace {

// Remembers what it is given. A part is taken but for `kept_back` bytes, or asks for its rest to be blanked.
class Lines : public formats::LineTaker {
 public:
    explicit Lines(std::size_t kept_back) : kept_back_(kept_back) {}

    void line(const formats::MappedText& text, std::size_t begin, std::size_t end) override {
        if (end <= begin || end > text.text.size()) std::abort();
        take(text.text.substr(begin, end - begin));
    }
    void text_ends() override {}
    Taken part(const formats::MappedText& text) override {
        if (text.text.size() <= formats::longest_held_line) std::abort();
        const bool blank = kept_back_ == 0;
        const std::size_t taken = text.text.size() - kept_back_;
        take(text.text.substr(0, taken));
        return {taken, blank};
    }
    void blanked(std::string_view raw) override {
        if (raw.find('\n') != std::string_view::npos) std::abort();
        all += raw;
    }
    void line_break(std::string_view raw) override {
        if (raw != "\n") std::abort();
        all += raw;
    }

    std::string all;                 ///< without what was handed on twice
    std::vector<std::size_t> sizes;  ///< of the lines and parts

 private:
    void take(std::string_view text) {
        all += text;
        sizes.push_back(text.size());
    }

    const std::size_t kept_back_;
};

Lines cut(std::string_view text, std::size_t chunk, std::size_t kept_back) {
    Lines lines(kept_back);
    formats::LineCutter cutter;
    for (std::size_t at = 0; at < text.size(); at += chunk) cutter.feed(text.substr(at, chunk), lines);
    cutter.finish(lines);
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(bytes), size);
    // Every fourth input is made long enough for a line that cannot be held.
    if (size > 0 && size % 4 == 0)
        while (text.size() < formats::longest_held_line * 2 + size) text += text.substr(0, 4096);
    for (const std::size_t kept_back : {std::size_t{0}, formats::part_overlap}) {
        const Lines whole = cut(text, text.size() + 1, kept_back);
        if (whole.all != text) std::abort();
        for (const std::size_t chunk : {1 + size % 7, 1 + size % 80, std::size_t{4096}}) {
            const Lines pieces = cut(text, chunk, kept_back);
            if (pieces.all != text || pieces.sizes != whole.sizes) std::abort();
        }
    }
    return 0;
}
