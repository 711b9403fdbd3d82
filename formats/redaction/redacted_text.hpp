#pragma once
// Text from which the secrets are gone. Files of the spool, members of the archive, the log, events
// and what a person sees take this type and no other, and only the redaction engine can make one
// from bytes that were not written in this source: an unredacted write is a compile error, also on
// a failure path.

#include <cstddef>
#include <string>
#include <string_view>

namespace formats {

class RedactedText {
 public:
    RedactedText() = default;

    /// Text of the program itself: a string literal, known when it was compiled.
    template <std::size_t N>
    static consteval auto own(const char (&literal)[N]) {
        struct Literal {
            const char* text;
            std::size_t size;
            operator RedactedText() const { return RedactedText(std::string(text, size)); }
        };
        return Literal{literal, N - 1};
    }

    const std::string& str() const { return text_; }
    bool empty() const { return text_.empty(); }
    std::size_t size() const { return text_.size(); }

    RedactedText& operator+=(const RedactedText& more) {
        text_ += more.text_;
        return *this;
    }
    friend RedactedText operator+(RedactedText left, const RedactedText& right) { return left += right; }

 private:
    friend class Redaction;
    friend class Redactor;
    explicit RedactedText(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

}  // namespace formats
