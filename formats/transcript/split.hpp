#pragma once
// A terminal log as people keep it, cut into captures: which command's answer each line belongs to, and which lines are
// those of a debug stream that were printed in between. Prompts of any dialect, commands in any order and shortened,
// PuTTY's headers, exports without any prompt. One line at a time, constant memory; no line is left out.
//
//   prompt = NAME [ "(" MODE ")" ] ( "#" | ">" )     PIX, ASA, IOS
//          | USER "@" HOST ":" FOLDER ( "#" | "$" )  a shell; also in brackets
//
// A name is believed once a known command stands behind it; from then on every line that begins with it is a prompt.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/transcript/commands.hpp"

namespace formats {

struct SplitCapture {
    std::string command;  ///< as typed; empty: no command is known
    std::string id;       ///< "before/show-crypto-isakmp-sa": unique
    std::string file;     ///< "show-crypto-isakmp-sa.txt"
    Tells tells = Tells::nothing;
    bool is_understood = true;  ///< what it tells is known, or that it tells nothing
    bool is_ended = false;      ///< a prompt followed: what is missing is not there
    std::uint64_t first_line = 0, lines = 0;
};

class TranscriptSplitter {
 public:
    static constexpr std::size_t most_captures = 512;

    /// Gives the dialect whose debug stream or log a line belongs to, by its form.
    using StreamOf = std::function<std::optional<std::string_view>(std::string_view line)>;
    explicit TranscriptSplitter(StreamOf stream_of) : stream_of_(std::move(stream_of)) {}

    /// The next line, without its end. Gives the capture that it belongs to, as an index; nothing for a prompt that
    /// stands alone, a header of the terminal program, or what stands before the first prompt of a log that has any.
    std::optional<std::size_t> take(std::string_view line);
    /// Another file of the same endpoint begins.
    void next_file();

    const std::vector<SplitCapture>& captures() const { return captures_; }
    /// Where this line's own text begins: behind the prompt that a debug line was printed after.
    std::size_t text_begins() const { return text_begins_; }

    /// "asa", "ios", "pix7", "pix6", "strongswan", "libreswan"; empty: it cannot be told.
    std::string platform() const;
    const std::string& hostname() const { return hostname_; }
    const std::string& version() const { return version_; }
    /// Lines that no command and no stream claims, of the first that is not blank.
    std::uint64_t unclaimed_lines() const { return unclaimed_; }
    std::uint64_t first_unclaimed() const { return first_unclaimed_; }

 private:
    struct Prompt {
        std::string name, rest;
        std::size_t rest_begins = 0;
        bool is_shell = false;
    };
    std::optional<Prompt> prompt_on(std::string_view line) const;
    std::size_t open(std::string command, Tells tells, std::string_view file, bool is_understood);
    std::size_t stream();
    void end_current();
    void learn(std::string_view line);

    StreamOf stream_of_;
    std::vector<SplitCapture> captures_;
    std::map<std::string, unsigned> used_;
    std::set<std::string, std::less<>> names_;
    std::optional<std::size_t> current_, stream_, whole_;
    bool in_stream_ = false, seen_debug_ = false;
    std::size_t text_begins_ = 0;
    std::uint64_t line_ = 0, unclaimed_ = 0, first_unclaimed_ = 0;
    std::string hostname_, version_, title_;
    std::map<std::string, std::uint64_t> dialects_;  ///< how many lines spoke each
};

}  // namespace formats
