#include "examples/lab/faults.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>

namespace lab {
namespace {

struct Known {
    std::string_view name, what;
};

constexpr Known known[] = {
    {"refuse", "the port is closed"},
    {"wrong-hostkey", "another host key than the announced one"},
    {"auth-fail", "every password is refused"},
    {"one-time-password", "the login password works once"},
    {"enable-fail", "every enable password is refused"},
    {"second-session-refused", "a connection is closed while another one stands"},
    {"no-slots", "ARG (5) sessions of others take the slots"},
    {"never-prompt", "after the greeting nothing comes"},
    {"silent-until-key", "nothing at all comes before a key is pressed"},
    {"question",
     "in place of the first prompt stands ARG (Proceed with reload? [confirm]), somebody's; a key answers it, and ends "
     "the session"},
    {"half-typed",
     "behind the first prompt stands ARG (reload), which somebody typed and did not send; the next line is typed "
     "behind it"},
    {"says-and-ends", "after the login it says ARG (% Authorization failed.), and ends the session"},
    {"password-expired", "after the login it asks ARG (New Password: )"},
    {"pause-in-banner", "ARG (5000) ms in the middle of the greeting, behind a line without an end"},
    {"slow-aaa", "the AAA server takes ARG (5000) ms to judge a password"},
    {"enable-asks", "enable asks ARG (Enter PASSCODE: ), or for a `Username: ` first"},
    {"only-enable", "in user mode nothing is allowed but enable and exit"},
    {"refused-line", "the line LINE (show version) is refused in every mode: ARG (Command authorization failed)"},
    {"drip", "one byte every ARG (20) ms"},
    {"drop-mid-show", "reset in the middle of the answer to LINE (write terminal)"},
    {"stall-mid-show", "silence in the middle of the answer to LINE (write terminal)"},
    {"infinite-show", "the answer to LINE (show crypto ipsec sa) never ends"},
    {"garbage", "random bytes, escapes and false prompts before the answer to LINE (show crypto ipsec sa)"},
    {"drop-mid-debug", "reset after ARG (5) debug lines of a session, or at LINE"},
    {"half-open",
     "the link is dead after ARG (5) debug lines, or at LINE; the session stays and goes on "
     "debugging"},
    {"reload-mid-debug", "the device restarts after ARG (5) debug lines and is away for 20 s"},
    {"debug-no-ack", "`debug crypto` is obeyed but no prompt comes; ARG `ignored`: prompt, but not obeyed"},
    {"undebug-refused", "`no debug` is refused while a debug is on"},
    {"undo-denied-by-aaa", "`no debug` is always refused"},
    {"proof-refused",
     "once a debug was listed, `no debug` and `show debug` are answered with ARG (Command authorization failed.) while "
     "it is on"},
    {"off-ignored",
     "`no debug` is not obeyed while a debug is on, and from then on the list of debugs comes as ARG: plain, glued, "
     "capitals, bare, late"},
    {"number-reused", "a stranger gets the number of a session that is lost"},
    {"slow-line", "ARG (2500) ms before each line that begins with LINE (show) is obeyed"},
    {"slow-undebug", "`no debug` takes ARG (8000) ms"},
    {"config-in-progress", "the first ARG (1) lines that begin with LINE (debug) are not obeyed"},
    {"config-mode-only", "`debug`, `no debug` and `clear crypto` are not known outside configuration mode"},
    {"config-changed", "the checksum of the configuration is another one from the second `write terminal` on"},
    {"narrow",
     "the terminal has ARG (40) columns: an echo that reaches the edge is scrolled, `$` in place of what is out of "
     "sight"},
    {"redrawn", "an echo that was scrolled is drawn from its beginning, `$` at its end, when it is sent"},
    {"lost-key", "in configuration mode the ARGth (4) key of a line is lost"},
    {"cpu-high", "the CPU is at ARG (97) %; with LINE `armed`, only while a debug is on"},
    {"flood", "ARG (2000) debug lines a second while a debug is on"},
    {"syslog-noise", "syslog lines appear in every session, ARG (5) a second"},
    {"prompt-in-log-line",
     "the prompt behind an answer falls into a log line, after ARG (30) characters; an empty line gets another one"},
    {"preexisting-debug", "another administrator is debugging already: all that we would, or ARG alone"},
    {"on-again", "what was turned off is on again by itself as soon as it was shown to be off"},
    {"foreign-debug-in-window", "another administrator starts to debug when we do"},
    {"preexisting-condition", "another administrator has set a debug condition for peer ARG (192.0.2.99)"},
    {"debug-trace", "logging debug-trace is on: no debug line reaches a terminal"},
    {"renew-keys", "SSH: the keys are renewed after each ARG (512) bytes; with LINE, each time before it is obeyed"},
    {"standby", "the unit is a failover standby"},
    {"clock-step", "the clock jumps by ARG (3600) s when a debug is turned on"},
    {"operator-inside-vpn", "sessions come from an address inside the remote network"},
};

/// Text that a careless reader takes for a prompt, a pager or a command to the terminal. The same
/// every time.
std::string garbage() {
    std::mt19937 random(20041109);
    std::string bytes = "\x1b]0;pwned\x07\x1b[2J\x1b[31m<--- More --->\nhq# \nbranch> \r\r\rhq#\n\b\b\b";
    for (int i = 0; i < 600; ++i) bytes += static_cast<char>(random() & 0xffU);
    return bytes + "\n";
}

}  // namespace

formats::Result<void> Faults::set(std::string_view specification) {
    Fault fault;
    const auto at = specification.find('@');
    if (at != std::string_view::npos) fault.line = specification.substr(at + 1);
    specification = specification.substr(0, at);
    const auto equals = specification.find('=');
    if (equals != std::string_view::npos) fault.argument = specification.substr(equals + 1);
    const auto name = specification.substr(0, equals);
    const bool found =
        std::any_of(std::begin(known), std::end(known), [&](const Known& entry) { return entry.name == name; });
    if (!found) {
        std::string names;
        for (const auto& entry : known) names += "\n  " + std::string(entry.name) + ": " + std::string(entry.what);
        return formats::Error{formats::ErrorKind::usage, "--fault", "no fault is called \"" + std::string(name) + "\"",
                              "these are known:" + names};
    }
    faults_[std::string(name)] = fault;
    return {};
}

bool Faults::has_fired(std::string_view name) const {
    const auto fault = faults_.find(name);
    return fault != faults_.end() && fault->second.fired > 0;
}

int Faults::number(std::string_view name, int otherwise) const {
    const auto text = word(name);
    return text.empty() ? otherwise : std::atoi(text.c_str());
}

std::string Faults::word(std::string_view name) const {
    const auto fault = faults_.find(name);
    return fault == faults_.end() ? std::string() : fault->second.argument;
}

std::string Faults::line(std::string_view name) const {
    const auto fault = faults_.find(name);
    return fault == faults_.end() ? std::string() : fault->second.line;
}

Faults::Fault* Faults::waiting(std::string_view name, std::string_view line, std::string_view usual_line) {
    const auto found = faults_.find(name);
    if (found == faults_.end()) return nullptr;
    Fault& fault = found->second;
    const std::string_view beginning = fault.line.empty() ? usual_line : std::string_view(fault.line);
    if (beginning.empty() || line.substr(0, beginning.size()) != beginning) return nullptr;
    ++fault.fired;
    return &fault;
}

Effect Faults::before(std::string_view line, bool debugging, bool configuring) {
    Effect effect;
    const auto left_to_configuration = [&] {
        return waiting("config-mode-only", line, "debug") || waiting("config-mode-only", line, "no debug") ||
               waiting("config-mode-only", line, "clear crypto");
    };
    if (!configuring && left_to_configuration()) {
        effect.fault = "config-mode-only";
        effect.refusal = "unknown";
    } else if (waiting("refused-line", line, "show version") != nullptr) {
        effect.fault = "refused-line";
        effect.said = word("refused-line").empty() ? "Command authorization failed" : word("refused-line");
    } else if (waiting("undo-denied-by-aaa", line, "no debug") != nullptr) {
        effect.fault = "undo-denied-by-aaa";
        effect.refusal = "unauthorized";
    } else if (debugging && on("proof-refused") && line.starts_with("show debug") &&
               !std::exchange(was_listed_, true)) {
        return effect;  // the proof that it is on
    } else if (debugging && (waiting("proof-refused", line, "no debug") != nullptr ||
                             waiting("proof-refused", line, "show debug") != nullptr)) {
        effect.fault = "proof-refused";
        effect.said = word("proof-refused").empty() ? "Command authorization failed." : word("proof-refused");
    } else if (debugging && waiting("off-ignored", line, "no debug") != nullptr) {
        effect.fault = "off-ignored";
        effect.ignored = true;
    } else if (debugging && waiting("undebug-refused", line, "no debug") != nullptr) {
        effect.fault = "undebug-refused";
        effect.refusal = "unauthorized";
    } else if (debugging && waiting("slow-undebug", line, "no debug") != nullptr) {
        effect.fault = "slow-undebug";
        effect.pause = std::chrono::milliseconds(number("slow-undebug", 8000));
    } else if (waiting("debug-no-ack", line, "debug crypto") != nullptr) {
        effect.fault = "debug-no-ack";
        (word("debug-no-ack") == "ignored" ? effect.ignored : effect.silent) = true;
    } else if (auto* busy = waiting("config-in-progress", line, "debug");
               busy != nullptr && busy->fired <= number("config-in-progress", 1)) {
        effect.fault = "config-in-progress";
        effect.refusal = "busy";
    } else if (waiting("renew-keys", line, "") != nullptr) {
        effect.fault = "renew-keys";
        effect.renew_keys = true;
    } else if (waiting("slow-line", line, "show") != nullptr) {
        effect.fault = "slow-line";
        effect.pause = std::chrono::milliseconds(number("slow-line", 2500));
    } else if (waiting("half-open", line, "") != nullptr) {
        effect.fault = "half-open";
        effect.half_open = true;
    } else if (waiting("drop-mid-debug", line, "") != nullptr) {
        effect.fault = "drop-mid-debug";
        effect.drop = true;
    }
    return effect;
}

Effect Faults::answering(std::string_view line) {
    Effect effect;
    if (waiting("drop-mid-show", line, "write terminal") != nullptr) {
        effect.fault = "drop-mid-show";
        effect.drop = true;
    } else if (waiting("stall-mid-show", line, "write terminal") != nullptr) {
        effect.fault = "stall-mid-show";
        effect.stall = true;
    } else if (waiting("infinite-show", line, "show crypto ipsec sa") != nullptr) {
        effect.fault = "infinite-show";
        effect.endless = true;
    } else if (auto* changed = waiting("config-changed", line, "write terminal");
               changed != nullptr && changed->fired > 1) {
        effect.fault = "config-changed";
        effect.changed = true;
    } else if (waiting("garbage", line, "show crypto ipsec sa") != nullptr) {
        effect.fault = "garbage";
        effect.before = garbage();
    }
    return effect;
}

Effect Faults::at_debug_line(long lines) {
    Effect effect;
    const auto reached = [&](std::string_view name) {
        const auto found = faults_.find(name);
        return found != faults_.end() && found->second.line.empty() && lines == number(name, 5);
    };
    if (reached("half-open")) {
        effect.fault = "half-open";
        effect.half_open = true;
    } else if (reached("drop-mid-debug")) {
        effect.fault = "drop-mid-debug";
        effect.drop = true;
    }
    return effect;
}

}  // namespace lab
