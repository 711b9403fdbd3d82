// Typing in configuration mode, where no line is obeyed before its echo was compared.

#include "collector/session/shell.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {

using formats::ErrorKind;
using formats::Result;

namespace {

/// Until a prompt comes, so many times and for so long in all, with a pause for what a stream has to say; and until what
/// was typed is back.
constexpr milliseconds prompt_within{2'000}, longest_asking{10'000}, between_asks{100}, longest_echo{5'000};
constexpr int most_asked = 20;

}  // namespace

/// In configuration mode a line that arrives with a letter missing could be another one that configures: it is
/// typed, its echo compared, and obeyed only then (contract, section 8). From its first letter on there is no way out
/// but its CR or the end of the session: no key is known to take back on all releases what stands there half typed,
/// and the next CR, whoever sends it, would obey it.
Result<void> Shell::type_line(const PlannedLine& line, Standing::Echo echo, const TextSink& sink,
                              const Patience& patience) {
    if (line.in_configuration() != InConfiguration::echoed)
        return error(ErrorKind::plan, "\"" + line.text() + "\" is not typed in configuration mode");
    const auto until = [&](auto is_there, const Patience& turn) -> Result<bool> {
        while (!is_there()) {
            if (is_over(turn)) return false;
            auto heard = wait({}, turn);
            if (!heard && heard.error().kind == ErrorKind::timeout) return false;
            if (!heard) return heard.error();
            if (sink && !heard->lines.empty()) sink(heard->lines);
        }
        return true;
    };
    // At the very end, behind no log line: that of the last line may be gone in a stream, and the mode with it.
    const auto stands = [&] { return !standing_.unfinished().empty() && standing_mode().has_value(); };
    doing_ = "waiting for the prompt of configuration mode";
    // With nothing behind it that has come already. Not for longer: where log lines come all the time, none is quiet.
    const auto stays = [&]() -> Result<bool> {
        while (stands()) {
            const auto heard = wait({}, patience.until(now()));
            if (!heard && heard.error().kind == ErrorKind::timeout) return true;
            if (!heard) return heard.error();
            if (sink && !heard->lines.empty()) sink(heard->lines);
        }
        return false;
    };
    auto stood = stays();
    const Patience asking = patience.at_most(longest_asking);
    for (int asked = 0; asked < most_asked && stood && !*stood && !is_over(asking); ++asked) {
        if (asked > 0)
            if (const auto paused = until([] { return false; }, asking.until(now() + between_asks)); !paused)
                return paused.error();
        take_prompt();
        if (auto sent = nudge(patience); !sent) return sent;
        // Also behind a log line: then another one is asked for, and not after seconds.
        if (const auto there =
                until([&] { return standing_.prompt_at_end().has_value(); }, asking.until(now() + prompt_within));
            !there)
            return there.error();
        stood = stays();
    }
    if (!stood) return stood.error();
    if (!*stood) return error(ErrorKind::prompt, "no prompt of configuration mode");
    if (!is_in_configuration()) return error(ErrorKind::prompt, "it is no longer in configuration mode");
    if (auto on = may_go_on(patience); !on) return on;

    doing_ = "waiting for the echo of \"" + line.text() + "\"";
    standing_.type(line.text(), Standing::Echo::compared);
    const Patience typing = Patience::within(longest_echo);  // deaf to interrupts
    const auto is_echoed = [&] {
        const std::string typed = standing_.echo().pending() + standing_.unfinished();
        if (!typed.ends_with(line.text())) return false;
        const auto prompt = formats::match_prompt(dialect().prompt,
                                                  std::string_view(typed).substr(0, typed.size() - line.text().size()));
        return prompt && prompt->mode == formats::PromptMatch::Mode::configuration;
    };
    const auto typed = transport_->write(line.text(), typing);
    const auto echoed = typed ? until(is_echoed, typing) : Result<bool>(typed.error());
    auto obeyed = echoed && *echoed ? write_key(Key::carriage_return, typing) : Result<void>{};
    if (echoed && *echoed && obeyed) {
        doing_ = "waiting for the answer to \"" + line.text() + "\"";
        if (echo == Standing::Echo::awaited) standing_.await_echo();
        return {};
    }
    const std::string came = quoted(standing_.echo().pending() + standing_.unfinished());
    close();
    if (!echoed) return echoed.error();
    if (!obeyed) return obeyed;
    return error(ErrorKind::prompt,
                 "\"" + line.text() + "\" was typed in configuration mode and came back as \"" + came + "\"",
                 "the session was closed before it was obeyed");
}

}  // namespace collector
