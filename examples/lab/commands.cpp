// What the lines of a platform's table do: one small function for each word that `does` may hold.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "examples/lab/address.hpp"
#include "examples/lab/dialogue.hpp"

namespace lab {
namespace {

using Guard = std::lock_guard<std::mutex>;

std::string argument(const Match& match, const std::string& name, const std::string& otherwise = "") {
    const auto found = match.arguments.find(name);
    return found == match.arguments.end() ? otherwise : found->second;
}

Slots locked_slots(Dialogue& dialogue) {
    const Guard lock(dialogue.world().mutex);
    return dialogue.world().tunnel->slots(dialogue.side());
}

void enable(Dialogue& dialogue, const Match&) {
    if (!dialogue.enabled()) dialogue.enable();
}

void configure(Dialogue& dialogue, const Match&) { dialogue.configure(); }

void leave(Dialogue& dialogue, const Match&) { dialogue.leave(); }

void nothing(Dialogue&, const Match&) {}

void change_context(Dialogue& dialogue, const Match& match) { dialogue.change_context(argument(match, "context")); }

void pager(Dialogue& dialogue, const Match& match) {
    dialogue.page_lines(std::max(0, std::atoi(argument(match, "lines").c_str())));
}

void no_pager(Dialogue& dialogue, const Match&) { dialogue.page_lines(0); }

void privilege(Dialogue& dialogue, const Match&) {
    dialogue.answer(fill(dialogue.text(dialogue.enabled() ? "privilege-enabled" : "privilege-user"),
                         {{"user", dialogue.session().user}}));
}

/// A text of the platform's [debug], for one kind of debug.
std::string debug_text(Dialogue& dialogue, std::string_view name, const std::string& kind, int level) {
    const auto& texts = dialogue.device().platform().debug;
    const auto text = texts.find(name);
    if (text == texts.end()) return "";
    auto title = texts.find("title-" + kind);
    return fill(
        text->second,
        {{"kind", kind}, {"title", title == texts.end() ? kind : title->second}, {"level", std::to_string(level)}});
}

/// A list of debugs as odd devices, and streams, show it.
std::string in_form(const std::string& form, const std::string& list) {
    std::istringstream lines(list);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        if (form == "glued" && !line.empty()) line = "ISAKMP (0:1): processing SA payload" + line;
        if (form == "bare") line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
        if (form == "capitals")
            std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) { return std::toupper(c); });
        text += line + "\n";
    }
    return text;
}

void show_debug(Dialogue& dialogue, const Match&) {
    std::string text, form;
    {
        const Guard lock(dialogue.world().mutex);
        const auto& levels = dialogue.device().levels(dialogue.session());
        for (const auto& kind : dialogue.device().platform().debug_kinds) {
            const auto level = levels.find(kind);
            if (level == levels.end()) continue;
            if (text.empty()) text = debug_text(dialogue, "listed-head", kind, level->second);
            text += debug_text(dialogue, "listed", kind, level->second);
        }
        // What was on is in the log; the next one who asks sees it again.
        if (text.empty()) dialogue.device().turn_on_again(dialogue.session());
        if (dialogue.device().faults().has_fired("off-ignored") && !text.empty())
            form = dialogue.device().faults().word("off-ignored");
    }
    if (form == "late") return dialogue.answer_late(text);
    dialogue.answer(in_form(form, text));
}

void debug_on(Dialogue& dialogue, const Match& match) {
    const int level = std::clamp(std::atoi(argument(match, "level", "1").c_str()), 1, 255);
    const auto& kind = match.command->kind;
    auto text = debug_text(dialogue, "on", kind, level);
    {
        const Guard lock(dialogue.world().mutex);
        dialogue.device().debug_on(dialogue.session(), kind, level);
        if (dialogue.device().faults().on("debug-trace")) text += debug_text(dialogue, "redirected", kind, level);
    }
    dialogue.answer(text);
}

void debug_off(Dialogue& dialogue, const Match& match) {
    {
        const Guard lock(dialogue.world().mutex);
        dialogue.device().debug_off(dialogue.session(), match.command->kind, "command");
    }
    dialogue.answer(debug_text(dialogue, "off", match.command->kind, 0));
}

void undebug_all(Dialogue& dialogue, const Match&) {
    {
        const Guard lock(dialogue.world().mutex);
        const auto levels = dialogue.device().levels(dialogue.session());
        for (const auto& [kind, level] : levels) dialogue.device().debug_off(dialogue.session(), kind, "undebug all");
    }
    dialogue.answer(debug_text(dialogue, "all-off", "", 0));
}

void monitor(Dialogue& dialogue, const Match& match) {
    const Guard lock(dialogue.world().mutex);
    dialogue.session().monitor = match.command->words[1] == "monitor";
    dialogue.device().log(&dialogue.session(), dialogue.session().monitor ? "monitor-on" : "monitor-off");
}

void condition_on(Dialogue& dialogue, const Match& match) {
    const Guard lock(dialogue.world().mutex);
    dialogue.device().condition_on(&dialogue.session(), argument(match, "address"));
}

void condition_off(Dialogue& dialogue, const Match& match) {
    const Guard lock(dialogue.world().mutex);
    dialogue.device().condition_off(&dialogue.session(), argument(match, "address"));
}

void condition_reset(Dialogue& dialogue, const Match&) {
    const Guard lock(dialogue.world().mutex);
    const auto all = dialogue.device().conditions();
    for (const auto& peer : all) dialogue.device().condition_off(&dialogue.session(), peer);
}

void show_condition(Dialogue& dialogue, const Match&) {
    std::string text;
    {
        const Guard lock(dialogue.world().mutex);
        for (const auto& peer : dialogue.device().conditions())
            text += fill(dialogue.text("condition-row"), {{"condition", peer}});
    }
    dialogue.answer(text.empty() ? dialogue.text("condition-none") : dialogue.text("condition-head") + text);
}

/// What stands in a device's tables: the slots of each tunnel, ours first.
std::vector<Slots> standing(Dialogue& dialogue, bool phase_1) {
    std::vector<Slots> rows;
    const auto& end = dialogue.world().tunnel->end(dialogue.side());
    if (dialogue.device().standby()) return rows;
    if (phase_1 ? end.ike.has_value() : end.ipsec.has_value())
        rows.push_back(dialogue.world().tunnel->slots(dialogue.side()));
    for (std::size_t i = 0; i < end.others.size(); ++i)
        rows.push_back(dialogue.world().tunnel->other_slots(dialogue.side(), i));
    return rows;
}

std::string isakmp_table(Dialogue& dialogue, bool detail) {
    const Guard lock(dialogue.world().mutex);
    auto rows = standing(dialogue, true);
    if (rows.empty()) return dialogue.text("isakmp-sa-none");
    rows[0]["count"] = std::to_string(rows.size());
    auto text = fill(dialogue.text("isakmp-sa-head"), rows[0]);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i]["index"] = std::to_string(i + 1);
        text += fill(dialogue.text("isakmp-sa") + (detail ? dialogue.text("isakmp-sa-detail") : ""), rows[i]);
    }
    return text + dialogue.text("isakmp-sa-foot");
}

void isakmp_sa(Dialogue& dialogue, const Match&) { dialogue.answer(isakmp_table(dialogue, false)); }
void isakmp_sa_detail(Dialogue& dialogue, const Match&) { dialogue.answer(isakmp_table(dialogue, true)); }

void ipsec_sa(Dialogue& dialogue, const Match& match) {
    std::string text, none;
    {
        const Guard lock(dialogue.world().mutex);
        const auto peer = argument(match, "address");
        none = fill(dialogue.text("ipsec-sa-none"), dialogue.world().tunnel->slots(dialogue.side()));
        for (const auto& row : standing(dialogue, false))
            if (peer.empty() || peer == row.at("peer")) text += fill(dialogue.text("ipsec-sa"), row);
    }
    dialogue.answer(text.empty() ? none : dialogue.text("ipsec-sa-head") + text);
}

void xlate(Dialogue& dialogue, const Match& match) {
    auto slots = locked_slots(dialogue);
    const auto only = argument(match, "address");
    auto text = fill(dialogue.text("xlate-count"), slots);
    const auto count = std::atoi(slots.at("xlates").c_str());
    const auto& site = dialogue.device().site();
    for (int i = 0; i < count; ++i) {
        slots["local"] = site.local_network.substr(0, site.local_network.rfind('.') + 1) + std::to_string(10 + i);
        if (!only.empty() && only != slots["local"]) continue;
        slots["port"] = std::to_string(1024 + i);
        slots["local-port"] = std::to_string(3100 + i);
        text += fill(dialogue.text("xlate-row"), slots);
    }
    dialogue.answer(text);
}

void xlate_count(Dialogue& dialogue, const Match&) {
    dialogue.answer(fill(dialogue.text("xlate-count"), locked_slots(dialogue)));
}

void conn_count(Dialogue& dialogue, const Match&) {
    dialogue.answer(fill(dialogue.text("conn-count"), locked_slots(dialogue)));
}

void failover(Dialogue& dialogue, const Match&) {
    std::string text;
    {
        const Guard lock(dialogue.world().mutex);
        text = fill(dialogue.text(dialogue.device().standby() ? "failover-standby" : "failover-off"),
                    dialogue.device().slots());
    }
    dialogue.answer(text);
}

void ssh_sessions(Dialogue& dialogue, const Match&) {
    std::string text = dialogue.text("ssh-sessions-head");
    {
        const Guard lock(dialogue.world().mutex);
        for (const auto& session : dialogue.device().sessions()) {
            if (!session->authenticated) continue;
            char sid[8], client[24];
            std::snprintf(sid, sizeof sid, "%-3d", session->sid);
            std::snprintf(client, sizeof client, "%-15s", session->client.c_str());
            text += fill(dialogue.text("ssh-sessions-row"),
                         {{"sid", sid}, {"client", client}, {"cipher", session->cipher}, {"user", session->user}});
        }
    }
    dialogue.answer(text);
}

/// IOS counts its lines from the console on; the vtys come behind all others.
constexpr int first_vty = 514;

void who(Dialogue& dialogue, const Match&) {
    auto text = dialogue.text("who-head");
    {
        const Guard lock(dialogue.world().mutex);
        for (const auto& session : dialogue.device().sessions())
            text += fill(dialogue.text("who-row"), {{"sid", std::to_string(session->sid)},
                                                    {"line", std::to_string(first_vty + session->sid)},
                                                    {"user", session->user},
                                                    {"client", session->client}});
    }
    dialogue.answer(text);
}

void ssh_disconnect(Dialogue& dialogue, const Match& match) {
    if (const auto& asks = dialogue.text("end-asks"); !asks.empty()) {
        dialogue.terminal().put(asks);
        const auto key = dialogue.terminal().key();
        dialogue.terminal().put(key == '\r' ? "\n [OK]\n" : "\n");
        if (key != '\r') return;
    }
    const Guard lock(dialogue.world().mutex);
    const auto line = argument(match, "line");
    const int sid = line.empty() ? std::atoi(argument(match, "sid").c_str()) : std::atoi(line.c_str()) - first_vty;
    const auto session = dialogue.device().by_sid(sid);
    if (session != nullptr) dialogue.device().hang_up(*session, "ssh disconnect", false);
}

std::string configuration(Dialogue& dialogue) {
    const auto slots = locked_slots(dialogue);
    return fill(dialogue.device().platform().running_configs.at(dialogue.device().site().name), slots);
}

void write_terminal(Dialogue& dialogue, const Match&) { dialogue.answer(configuration(dialogue)); }

void running_config(Dialogue& dialogue, const Match&) {
    auto text = configuration(dialogue);
    if (const auto ok = text.rfind("[OK]\n"); ok != std::string::npos) text.resize(ok);
    dialogue.answer(text);
}

/// `more system:running-config` masks nothing.
void running_config_in_clear(Dialogue& dialogue, const Match&) {
    auto text = configuration(dialogue);
    if (const auto ok = text.rfind("[OK]\n"); ok != std::string::npos) text.resize(ok);
    const std::string clear = "pre-shared-key " + locked_slots(dialogue).at("psk") + "\n";
    for (const std::string masked : {"pre-shared-key *\n", "pre-shared-key *****\n"})  // PIX 7; ASA
        for (auto at = text.find(masked); at != std::string::npos; at = text.find(masked, at))
            text.replace(at, masked.size(), clear);
    dialogue.answer(text);
}

/// The lines of one topic (the last word), with the indented ones below them.
void running_config_part(Dialogue& dialogue, const Match& match) {
    const auto topic = match.command->words.back() + " ";
    std::istringstream lines(configuration(dialogue));
    std::string text;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        inside = line.compare(0, topic.size(), topic) == 0 || (inside && line[0] == ' ');
        if (inside) text += line + "\n";
    }
    dialogue.answer(text);
}

void logging(Dialogue& dialogue, const Match&) {
    auto slots = locked_slots(dialogue);
    slots["syslog-lines"] = dialogue.text("syslog-lines");
    dialogue.answer(fill(dialogue.text("logging"), slots));
}

void ping(Dialogue& dialogue, const Match& match) {
    const auto destination = argument(match, "address");
    const auto count = std::clamp(std::atoi(argument(match, "count", dialogue.text("ping-count")).c_str()), 1, 100);
    const auto seconds =
        std::clamp(std::atoi(argument(match, "seconds", dialogue.text("ping-seconds")).c_str()), 1, 10);
    const auto interface = argument(match, "interface");
    const auto& site = dialogue.device().site();
    const auto inside_interface = locked_slots(dialogue).at("inside-interface");
    const auto source = interface == inside_interface || interface == site.inside ? site.inside : site.outside;
    Slots slots{{"source", source},
                {"destination", destination},
                {"count", std::to_string(count)},
                {"seconds", std::to_string(seconds)}};
    dialogue.terminal().put(fill(dialogue.text("ping-head"), slots));
    int received = 0;
    for (int i = 0; i < count; ++i) {
        bool answered = false;
        {
            const Guard lock(dialogue.world().mutex);
            const auto fate = dialogue.world().tunnel->packet(dialogue.side(), source, destination, "ping");
            answered = fate == Tunnel::Fate::answered ||
                       (fate == Tunnel::Fate::no_match && is_in(destination, site.local_network, site.local_mask));
        }
        const auto time = answered ? Milliseconds(2) : Milliseconds(1000 * seconds);
        if (!dialogue.terminal().wait(dialogue.world().clockwork.scaled(time))) {
            dialogue.terminal().put("\n");
            return;
        }
        dialogue.terminal().put(fill(dialogue.text(answered ? "ping-hit" : "ping-miss"), slots));
        received += answered ? 1 : 0;
    }
    slots["received"] = std::to_string(received);
    slots["percent"] = std::to_string(received * 100 / count);
    dialogue.terminal().put(fill(dialogue.text(received > 0 ? "ping-success" : "ping-failure"), slots));
}

void packet_tracer(Dialogue& dialogue, const Match& match) {
    std::string text;
    {
        const Guard lock(dialogue.world().mutex);
        Tunnel& tunnel = *dialogue.world().tunnel;
        const auto source = argument(match, "source"), destination = argument(match, "destination");
        const auto fate = tunnel.trace(dialogue.side(), source, destination);
        dialogue.device().log(&dialogue.session(), "packet",
                              JsonObject()
                                  .add("by", "packet-tracer")
                                  .add("source", source)
                                  .add("destination", destination)
                                  .add("fate", name_of(fate)));
        auto slots = tunnel.slots(dialogue.side());
        slots["source"] = source;
        text = fill(dialogue.text(fate == Tunnel::Fate::answered   ? "packet-tracer-up"
                                  : fate == Tunnel::Fate::no_match ? "packet-tracer-clear"
                                                                   : "packet-tracer-down"),
                    slots);
    }
    dialogue.answer(text);
}

void clear_ipsec(Dialogue& dialogue, const Match& match) {
    const Guard lock(dialogue.world().mutex);
    dialogue.world().tunnel->clear_ipsec(dialogue.side(), argument(match, "address"));
}

void clear_isakmp(Dialogue& dialogue, const Match&) {
    const Guard lock(dialogue.world().mutex);
    dialogue.world().tunnel->clear_isakmp(dialogue.side());
}

void clear_xlate(Dialogue& dialogue, const Match& match) {
    const Guard lock(dialogue.world().mutex);
    dialogue.world().tunnel->clear_xlate(dialogue.side(), argument(match, "address"));
}

struct Piece {
    std::string_view name;
    void (*obey)(Dialogue&, const Match&);
};

constexpr Piece pieces[] = {
    {"enable", enable},
    {"configure", configure},
    {"leave", leave},
    {"nothing", nothing},
    {"change-context", change_context},
    {"pager", pager},
    {"no-pager", no_pager},
    {"privilege", privilege},
    {"show-debug", show_debug},
    {"debug-on", debug_on},
    {"debug-off", debug_off},
    {"undebug-all", undebug_all},
    {"monitor", monitor},
    {"condition-on", condition_on},
    {"condition-off", condition_off},
    {"condition-reset", condition_reset},
    {"show-condition", show_condition},
    {"isakmp-sa", isakmp_sa},
    {"isakmp-sa-detail", isakmp_sa_detail},
    {"ipsec-sa", ipsec_sa},
    {"xlate", xlate},
    {"xlate-count", xlate_count},
    {"conn-count", conn_count},
    {"failover", failover},
    {"ssh-sessions", ssh_sessions},
    {"who", who},
    {"ssh-disconnect", ssh_disconnect},
    {"write-terminal", write_terminal},
    {"running-config", running_config},
    {"running-config-in-clear", running_config_in_clear},
    {"running-config-part", running_config_part},
    {"logging", logging},
    {"ping", ping},
    {"packet-tracer", packet_tracer},
    {"clear-ipsec", clear_ipsec},
    {"clear-isakmp", clear_isakmp},
    {"clear-xlate", clear_xlate},
};

bool is_placeholder(const std::string& word) { return word.front() == '<'; }

}  // namespace

void obey_command(Dialogue& dialogue, const Match& match) {
    const auto& command = *match.command;
    if (command.does.empty()) return dialogue.answer(fill(command.answer, locked_slots(dialogue)));
    const auto* piece =
        std::find_if(std::begin(pieces), std::end(pieces), [&](const Piece& p) { return p.name == command.does; });
    if (piece != std::end(pieces)) return piece->obey(dialogue, match);
    const Guard lock(dialogue.world().mutex);
    dialogue.device().log(&dialogue.session(), "defect",
                          JsonObject().add("text", "no code for \"" + command.does + "\""));
}

Match match_line(const std::vector<CommandSpec>& commands, const std::string& line) {
    Match match;
    std::vector<std::size_t> columns;
    for (std::size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string::npos;) {
        const auto end = std::min(line.find(' ', at), line.size());
        match.words.push_back(line.substr(at, end - at));
        columns.push_back(at);
        at = end;
    }
    std::size_t best_exact = 0, furthest = 0;
    bool incomplete = false;
    for (const auto& command : commands) {
        std::size_t fitting = 0, exact = 0;
        for (; fitting < match.words.size() && fitting < command.words.size(); ++fitting) {
            const auto& wanted = command.words[fitting];
            const auto& given = match.words[fitting];
            if (is_placeholder(wanted)) continue;
            if (wanted.compare(0, given.size(), given) != 0) break;
            exact += wanted == given ? 1 : 0;
        }
        furthest = std::max(furthest, fitting);
        if (fitting < match.words.size()) continue;
        if (command.words.size() > match.words.size()) {
            incomplete = true;
        } else if (match.command == nullptr || exact > best_exact) {
            match.command = &command;
            match.kind = Match::Kind::found;
            best_exact = exact;
        } else if (exact == best_exact) {
            match.kind = Match::Kind::ambiguous;
        }
    }
    if (match.command == nullptr) {
        match.kind = incomplete ? Match::Kind::incomplete : Match::Kind::unknown;
        match.bad_column = furthest < columns.size() ? columns[furthest] : line.size();
        return match;
    }
    for (std::size_t i = 0; i < match.words.size(); ++i) {
        const auto& wanted = match.command->words[i];
        if (is_placeholder(wanted)) match.arguments[wanted.substr(1, wanted.size() - 2)] = match.words[i];
    }
    return match;
}

}  // namespace lab
