#pragma once
// The lab's data: sites (addresses, users), platforms (how a box speaks), scenarios (what befalls
// the tunnel). All are files below examples/lab; their shapes are explained at the top of
// devices/hq.toml, devices/pix7/platform.toml, devices/pix7/ike.txt and scenarios/healthy.toml.

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "examples/lab/text_template.hpp"
#include "formats/result.hpp"

namespace lab {

/// One end of the tunnel, whatever box stands there.
struct Site {
    std::string name, user, password, enable;
    std::string outside, inside, inside_interface;
    std::string local_network, local_mask;
    std::chrono::milliseconds clock_offset{0};
    Slots slots;
};

/// A line that a platform knows. Words in <angle brackets> stand for any one word.
struct CommandSpec {
    std::vector<std::string> words;
    bool enabled_only = false;
    std::string kind;    ///< the debug that it turns on or off
    std::string does;    ///< name of a piece of code (commands.cpp), or empty
    std::string answer;  ///< otherwise this text, not yet filled
};

struct DebugLine {
    std::string kind;  ///< "isakmp", "ipsec"
    bool timed = false;
    int level = 1;
    std::string text;
    bool glued = false;  ///< no line end after it: the next message follows on the same line
};

enum class Role { initiator, responder };

struct Platform {
    std::string name;
    Slots slots;  ///< further slots of its files: the version
    bool telnet = false;
    std::string ident, key_exchange, ciphers, macs;
    int host_key_bits = 1024, login_tries = 3;
    int sessions = 5, idle_seconds = 300, pager_lines = 24, enable_tries = 3;
    Slots terminal;  ///< prompts and fixed texts of the dialogue
    Slots errors;
    bool device_scope = false;     ///< a debug is the device's, not a session's
    bool monitor_command = false;  ///< device scope: only `terminal monitor` shows it
    std::vector<std::string> debug_kinds;
    Slots states;  ///< what this platform calls the IKE states of the scenarios, where that differs
    Slots debug;   ///< texts: listed, listed-head, on, off, redirected
    std::vector<CommandSpec> commands;
    Slots texts;
    /// By role, then by event.
    std::array<std::map<std::string, std::vector<DebugLine>>, 2> vocabulary;
    std::map<std::string, std::string> running_configs;  ///< by site
    std::vector<std::string> contexts;  ///< multiple context mode: their names; crypto lines exist in one only
};

struct ExchangeStep {
    std::string name;
    std::chrono::milliseconds after{0};
    Role who = Role::initiator;
    std::string says, state, does;
    int phase = 1;
};

struct Scenario {
    std::string name, title;
    std::vector<ExchangeStep> steps;
    std::string plain;    ///< "left" or "right": what comes from there misses the crypto map (a NAT fault)
    bool replies = true;  ///< false: what is sent through the tunnel is not answered
    std::string stands;   ///< "": no SA at the start; "left" or "right": only that end still has its
                          ///< old ones
    /// After "clear-ipsec", "clear-isakmp", "clear-xlate" or "clear-xlate-local" (on `remedy_side`,
    /// or on either when empty) this scenario takes over.
    std::map<std::string, std::string> remedies;
    std::string remedy_side;
    std::array<Slots, 2> slots;  ///< of the left and of the right site: what differs in their configurations
};

formats::Result<Site> load_site(const std::string& folder, const std::string& name);
formats::Result<Platform> load_platform(const std::string& folder, const std::string& name, const std::string& site);
formats::Result<Scenario> load_scenario(const std::string& folder, const std::string& name);

formats::Result<std::string> read_file(const std::string& path);

}  // namespace lab
