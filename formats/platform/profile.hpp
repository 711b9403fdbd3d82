#pragma once
// A device dialect as data (contract, section 11): profiles/NAME.toml. The code knows no platform by name;
// whatever differs between platforms stands in a profile. facts of devices are labelled in the TOML files.
//
// Slots in lines are {typed}: {peer-address} {access-list} {inside-interface} {probe-source}
// {probe-destination} {child} {context} {session-id}. A line with a slot is a template; Plan fills it with validated values.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/record/layout.hpp"
#include "formats/record/outcome.hpp"
#include "formats/record/tells.hpp"
#include "formats/result.hpp"
#include "formats/text/pattern.hpp"

namespace formats {

/// What a line does to a device; shown by `plan`.
enum class Impact : std::uint8_t {
    reads,
    session_setting,
    debug,
    traffic,
    drops_tunnels,
    drops_connections,
    ends_session
};

/// How much a reset line takes down, the narrowest first: the order of the ladder.
enum class ResetScope : std::uint8_t {
    peer,          ///< the tunnels with one peer
    all_tunnels,   ///< every tunnel of the device
    source_xlate,  ///< the translations of one inside address
    all_xlates,    ///< every translation, and the connections that use one
};

struct Profile {
    std::string name;                        ///< "pix7"
    std::string title;                       ///< "PIX and ASA 7.0 to 8.3"
    std::string origin;                      ///< "built in", or the file it was read from
    std::string digest;                      ///< SHA-256 of the file, 64 hex digits: part of the plan
    std::vector<std::string> further_verbs;  ///< beginnings of lines that its user takes for harmless, in small letters

    struct Identify {
        /// RE2 on `show version`; group 1 is the version.
        std::string version_pattern;
        /// RE2 on `show version`; group 1 is the model. May be empty.
        std::string model_pattern;
        /// RE2 on `show version`; group 1 is the serial number. Empty: it tells none.
        std::string serial_pattern;
        std::string version_line = "show version";
        /// RE2 on the identification of its SSH server, for `auto`: whom to try first. Empty: it tells nothing.
        std::string banner_pattern;
        /// Versions this profile is for, inclusive from, exclusive to: "7.0" .. "8.4".
        std::string from_version, to_version;
    } identify;

    struct Prompt {
        std::string user_mark = ">", enabled_mark = "#";
        std::string name_characters;  ///< what a host name in a prompt may hold besides letters and digits
        /// The whole name, where it is more than such characters: "[root@gw ~]", "(venv) ops@gw:~".
        std::optional<Pattern> name_pattern;
        unsigned longest = 63;                ///< characters of the name
        unsigned trailing_spaces = 1;         ///< at most
        bool leading_cr = false;              ///< the device sends CR before its prompt
        std::string config_pattern = "(";     ///< what follows the name in configuration mode
        std::vector<std::string> priorities;  ///< parts of the name that may change while connected: "/act", "/stby"
        std::uint32_t quiet_ms = 30;          ///< silence after a prompt before it is believed
        /// How a log line of the device begins, wherever it is printed; none: it prints none into a session.
        std::optional<Pattern> log_line;
    } prompt;

    /// Prompts are those a line ends with, in capitals or not: "UserName: " too.
    struct Login {
        std::vector<std::string> user_prompts, password_prompts;
        std::vector<std::string>
            refusals;  ///< last words about user name or password, before the device ends a session
        std::vector<std::string> stop_questions;  ///< text we must never answer: reported
    } login;

    struct Enable {
        std::string line = "enable";
        std::vector<std::string> password_prompts, refusals;
    } enable;

    /// Several firewalls in one, where the platform has that: which of them a session talks to.
    struct Context {
        std::string change;  ///< "changeto context {context}"; empty: there is none of that
        std::string system;  ///< "changeto system": back to where contexts are made
    } context;

    struct Pager {
        std::string mark;        ///< "<--- More --->"
        std::string next = " ";  ///< key for the next page
        std::string off;         ///< "terminal pager 0": session setting; empty: cannot be turned off
    } pager;

    struct Refusal {
        std::string text;  ///< found at the start of a line of output
        Outcome outcome = Outcome::unsupported;
    };
    std::vector<Refusal> refusals;

    struct Show {
        std::string id;  ///< "show-crypto-isakmp-sa"
        std::string line;
        std::string file;  ///< "show-crypto-isakmp-sa.txt"
        bool before = true, after = true, during = false, extended = false;
        std::string end;               ///< a line that ends a whole answer ("[OK]", ": end"); empty: any
        std::string otherwise;         ///< sent in its place when it is not known or says nothing
        std::string since;             ///< first version that has it; empty: all
        Tells tells = Tells::nothing;  ///< what the run reads in the answer
    };
    std::vector<Show> shows;

    struct DebugItem {
        std::string id;       ///< "isakmp"
        std::string on, off;  ///< "debug crypto isakmp 127", "no debug crypto isakmp"
        std::string
            listed;  ///< RE2 on a line of `show debug`, found anywhere in it: it is on. Must not match the lines above.
        std::string since, until;
        std::string needs;  ///< RE2 on the configuration: what this debug is about is configured; empty: always
    };
    /// What makes a debug useless or harmful: when the answer to `line` matches, nothing is armed.
    struct Hindrance {
        std::string id, line;
        std::string pattern;  ///< RE2
        std::string up_to;    ///< RE2 on the line that ends what is looked at; the rest may be long. Empty: all of it
        std::string reason;   ///< for people
        bool unless_limited = false;  ///< it does not matter once a condition limits the debugs to the peer
    };
    struct Debug {
        enum class Scope : std::uint8_t { session, device } scope = Scope::session;
        std::vector<DebugItem> items;
        /// In place of items: a command that shows the log as it grows until Ctrl-C ends it. It changes nothing.
        std::string follow;
        std::string state = "show debug";
        /// RE2s on a line of its answer that lists no item of ours: what stands there when nothing is on (`frame`), what
        /// lists a debug of others (`other`), and what stands above such a line (`heading`). Any other line is not understood.
        std::string frame, other, heading;
        std::string crypto;  ///< RE2 on a line that `other` matches: one that a condition of ours would narrow
        std::string fence = "show clock";  ///< a line that always answers
        std::string fence_pattern;         ///< RE2: its answer
        std::string condition_on, condition_off, condition_state, condition_since, condition_listed;
        std::string condition_told;  ///< RE2 on the answer to `condition_state`: it tells which conditions are set
        std::vector<Hindrance> hindrances;
        std::string screen_on, screen_off;  ///< "terminal monitor", "terminal no monitor"
    } debug;

    struct Clock {
        std::string line = "show clock";
    } clock;

    struct Keys {
        std::string line;  ///< "more system:running-config": the configuration with its keys in clear; empty: none
    } keys;

    struct Cpu {
        std::string line;     ///< "show cpu usage"
        std::string pattern;  ///< RE2; group 1 is percent over five seconds
    } cpu;

    struct Sessions {
        struct Kind {
            std::string list;  ///< "show ssh sessions"
            std::string end;   ///< "ssh disconnect {session-id}"
        };
        Kind ssh, telnet;
        std::string
            end_asks;  ///< "[confirm]": asked before a session is ended, and answered with Enter; empty: nothing is
        unsigned most = 0;  ///< sessions the device allows; 0: unknown
    } sessions;

    struct Standby {
        std::string line;     ///< "show failover"
        std::string pattern;  ///< RE2: matches on a standby unit
    } standby;

    struct Probe {
        std::string ping;        ///< "ping {inside-interface} {probe-destination}"
        std::string ping_needs;  ///< RE2 on the configuration; group 1 is the interface
        std::string trace;  ///< "packet-tracer input {inside-interface} icmp {probe-source} 8 0 {probe-destination}"
        std::string trace_since;
        std::string success;  ///< RE2 on the answer; group 1 is percent of replies
    } probe;

    struct Reset {
        std::string id;  ///< "ipsec-peer"
        ResetScope scope = ResetScope::peer;
        std::string line, since;
    };
    /// In the order they are tried within a scope: phase 2 before phase 1.
    std::vector<Reset> resets;
    /// What a full reset will drop, read before anybody is asked.
    struct Counts {
        std::string connections, connections_pattern;  ///< RE2; group 1 is their number
        std::string translations, translations_pattern;
    } counts;

    struct Leave {
        std::string line = "exit";
        std::string said;  ///< "Logoff"
    } leave;

    /// No line of ours configures anything. A console may be found in this mode, and some platforms take debugs
    /// and clears nowhere else.
    struct Configuration {
        std::string leave;          ///< "exit"
        std::string enter;          ///< "configure terminal"; empty: never
        std::string proof;          ///< shows that nothing was changed: the same before and after
        std::string proof_pattern;  ///< RE2; group 1 is what has to be the same
    } configuration;
};

/// Reads a profile. Errors are of kind usage: "pix7.toml:12:3: unknown key `pagr` ...", with the line shown.
Result<Profile> parse_profile(std::string_view toml, const std::string& file);
/// The same from a file; an unreadable one is an error of kind io.
Result<Profile> read_profile(const std::string& path);

/// Built-in profiles, then those of `folder` (may be missing); a user's profile may not take a built-in name.
Result<std::vector<Profile>> load_profiles(const std::string& folder);
/// The same for who needs those that are `named` and no others: built-in ones that are not named are left unread,
/// unless a name is none of theirs. Reading a profile compiles its patterns, which takes milliseconds.
Result<std::vector<Profile>> load_profiles(const std::string& folder, const std::set<std::string>& named);

const Profile* find_profile(const std::vector<Profile>& profiles, std::string_view name);

/// Compares dotted versions as these devices write them: "7.2(4)" < "8.0(2)" < "8.4(1)11". -1, 0, 1.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace formats
