#include "formats/tunnel/end_view.hpp"

#include <algorithm>

#include "formats/cisco/ipsec_sa.hpp"
#include "formats/cisco/isakmp_policy.hpp"
#include "formats/cisco/isakmp_sa.hpp"
#include "formats/strongswan/list_sas.hpp"
#include "formats/text/each_line.hpp"
#include "formats/text/ip_address.hpp"
#include "formats/text/pager.hpp"

namespace formats {

namespace {

constexpr std::size_t longest_text = 200;
constexpr std::size_t most_tables = 64;

std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) +
           (!text.empty() && text.back() != '\n' ? 1 : 0);
}

/// The first line from `from` on that holds all of `parts`, from 1; 0: none.
std::uint64_t line_with(std::string_view text, std::initializer_list<std::string_view> parts, std::uint64_t from = 1) {
    std::uint64_t number = 0, found = 0;
    for_each_line(text, [&](std::string_view line) {
        ++number;
        if (found != 0 || number < from) return;
        if (std::all_of(parts.begin(), parts.end(),
                        [&](std::string_view part) { return line.find(part) != std::string_view::npos; }))
            found = number;
    });
    return found;
}

Place place_at(const std::string& member, std::string_view text, std::uint64_t line) {
    Place place{member, line, {}};
    std::uint64_t number = 0;
    for_each_line(text, [&](std::string_view one) {
        if (++number == line) place.text = trimmed(one).substr(0, longest_text);
    });
    return place;
}

}  // namespace

std::string cleaned_text(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for_each_line(text, [&](std::string_view line) {
        clean += without_pager(line);
        clean += '\n';
    });
    return clean;
}

void EndView::take(Tells tells, const std::string& member, std::string_view raw) {
    const std::string text = cleaned_text(raw);
    switch (tells) {
        case Tells::configuration:
            cisco_places_.add(member, lines_in(text), text);
            cisco_text_ += text;
            break;
        case Tells::policies: policy_texts_.emplace_back(member, text); break;
        case Tells::phase1: take_phase1(member, text); break;
        case Tells::phase2: take_phase2(member, text); break;
        case Tells::list_sas: take_list_sas(member, text); break;
        case Tells::connections: take_connections(member, text); break;
        case Tells::swanctl_conf:
        case Tells::ipsec_conf:
        case Tells::ipsec_secrets: conf_texts_.push_back({tells, member, text}); break;
        case Tells::nat_table: take_nat_table(member, text); break;
        case Tells::probe: take_probe(member, text); break;
        case Tells::debug_state:
        case Tells::debug_on: debug_was_on_ = debug_was_on_ || text.find("debugging is on") != std::string::npos; break;
        default: break;
    }
}

void EndView::take_phase1(const std::string& member, std::string_view text) {
    if (ike_tables_.size() >= most_tables) return;
    const IsakmpTable table = parse_isakmp_sa(text);
    Snapshot<IkeSaRow> snapshot;
    snapshot.place = place_at(member, text, 1);
    for (const IsakmpSa& sa : table.sas) {
        IkeSaRow row;
        row.peer = sa.peer;
        row.state = sa.state;
        row.version = sa.version;
        row.role = sa.role;
        row.is_up = sa.is_up();
        row.is_residue = sa.deleted;
        row.initiator_spi = sa.source;  // the addresses of PIX 6 and IOS: who started
        row.responder_spi = sa.destination;
        const std::uint64_t line =
            sa.peer.empty() ? line_with(text, {sa.destination, sa.source, sa.state}) : line_with(text, {sa.peer});
        row.place = place_at(member, text, line);
        snapshot.rows.push_back(std::move(row));
    }
    ike_tables_.push_back(std::move(snapshot));
}

void EndView::take_phase2(const std::string& member, std::string_view text) {
    if (child_tables_.size() >= most_tables) return;
    const IpsecTable table = parse_ipsec_sa(text);
    Snapshot<ChildSaRow> snapshot;
    snapshot.place = place_at(member, text, 1);
    std::uint64_t from = 1;
    for (const IpsecPair& pair : table.pairs) {
        ChildSaRow row;
        row.peer = pair.peer;
        row.local_address = pair.local_address;
        row.local_network = pair.local.network;
        row.remote_network = pair.remote.network;
        row.local = pair.local.network ? to_text(*pair.local.network) : pair.local.text;
        row.remote = pair.remote.network ? to_text(*pair.remote.network) : pair.remote.text;
        for (const IpsecSa& sa : pair.sas)
            if (sa.active) (sa.inbound ? row.spi_in : row.spi_out) = sa.spi;
        row.encaps = pair.counter("encaps");
        row.decaps = pair.counter("decaps");
        row.send_errors = pair.counter("send errors");
        row.recv_errors = pair.counter("recv errors");
        row.replays = std::max(pair.counter("replay failed"), pair.counter("pkts replay failed"));
        row.in_udp = text.find("UDP-Encaps") != std::string_view::npos;
        const std::uint64_t line = line_with(text, {"remote ident", pair.remote.text}, from);
        if (line != 0) from = line;
        const std::uint64_t counters = line_with(text, {"encaps"}, from);
        row.place = place_at(member, text, counters != 0 ? counters : line);
        snapshot.rows.push_back(std::move(row));
    }
    child_tables_.push_back(std::move(snapshot));
}

void EndView::take_list_sas(const std::string& member, std::string_view text) {
    if (child_tables_.size() >= most_tables || ike_tables_.size() >= most_tables) return;
    Snapshot<ChildSaRow> children;
    Snapshot<IkeSaRow> ikes;
    children.place = ikes.place = place_at(member, text, 1);
    for (const SwanIkeSa& sa : parse_list_sas_rows(text)) {
        IkeSaRow ike;
        ike.peer = sa.remote_address;
        ike.local_address = sa.local_address;
        ike.state = sa.state;
        ike.version = sa.version;
        ike.role = sa.role;
        ike.initiator_spi = sa.initiator_spi;
        ike.responder_spi = sa.responder_spi;
        ike.remote_id = sa.remote_id;
        ike.is_up = sa.state == "ESTABLISHED" || sa.state == "REKEYING";
        ike.is_residue = sa.name == "(unnamed)";
        ike.place = place_at(member, text, sa.line);
        for (const SwanChildSa& child : sa.children) {
            ChildSaRow row;
            row.peer = sa.remote_address;
            row.local_address = sa.local_address;
            row.local_network = network_in(child.local);
            row.remote_network = network_in(child.remote);
            row.local = row.local_network ? to_text(*row.local_network) : child.local;
            row.remote = row.remote_network ? to_text(*row.remote_network) : child.remote;
            row.spi_in = child.spi_in;
            row.spi_out = child.spi_out;
            row.decaps = child.packets_in;
            row.encaps = child.packets_out;
            row.in_udp = child.in_udp;
            row.is_current = child.state == "INSTALLED";
            row.rekeying_in = child.rekeying_in;
            row.place = place_at(member, text, child.line);
            children.rows.push_back(std::move(row));
        }
        ikes.rows.push_back(std::move(ike));
    }
    child_tables_.push_back(std::move(children));
    ike_tables_.push_back(std::move(ikes));
}

void EndView::take_connections(const std::string& member, std::string_view text) {
    if (!loaded_) loaded_.emplace();
    loaded_place_ = place_at(member, text, 1);
    for_each_line(text, [&](std::string_view line) {
        if (line.empty() || line.front() == ' ' || line.find("IKEv") == std::string_view::npos) return;
        loaded_->emplace_back(line.substr(0, line.find(':')).substr(0, longest_word));
    });
}

/// -A POSTROUTING -s 10.1.1.0/24 -d 10.2.2.0/24 -m policy --dir out --pol ipsec -j ACCEPT
void EndView::take_nat_table(const std::string& member, std::string_view text) {
    std::uint64_t number = 0;
    for_each_line(text, [&](std::string_view line) {
        ++number;
        const auto words = words_of(line);
        if (words.size() < 4 || words[0] != "-A" || words[1] != "POSTROUTING" || nat_rules_.size() >= 1024) return;
        NatRule rule;
        rule.text = kept(line);
        rule.place = {member, number, std::string(trimmed(line).substr(0, longest_text))};
        for (std::size_t i = 2; i + 1 < words.size(); ++i) {
            if (words[i] == "-s") rule.source = network_in(words[i + 1]);
            if (words[i] == "-d") rule.destination = network_in(words[i + 1]);
            if (words[i] == "ipsec") rule.ipsec_only = true;
            if (words[i] == "-j") rule.translates = words[i + 1] == "MASQUERADE" || words[i + 1] == "SNAT";
        }
        nat_rules_.push_back(std::move(rule));
    });
}

/// What a ping from here says: IOS "Success rate is 0 percent", Linux "100% packet loss".
void EndView::take_probe(const std::string& member, std::string_view text) {
    std::uint64_t number = 0;
    std::string to, from;
    for_each_line(text, [&](std::string_view line) {
        ++number;
        const auto words = words_of(line);
        if (line.starts_with("PING ") && words.size() > 1) to = kept(words[1]);
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            if (words[i] == "Echos" && words[i + 1] == "to" && i + 2 < words.size())
                to = kept(words[i + 2].substr(0, words[i + 2].find(',')));
            if (words[i] == "from" && parse_ipv4(words[i + 1].substr(0, words[i + 1].find(':'))))
                from = kept(words[i + 1].substr(0, words[i + 1].find(':')));
            if (words[i] == "of" && i >= 2 && words[i - 1] == "address") from = kept(words[i + 1]);
        }
        if (line.find("Success rate is 0 percent") != std::string_view::npos ||
            line.find(" 100% packet loss") != std::string_view::npos) {
            failed_probes_.push_back({member, number, std::string(trimmed(line).substr(0, longest_text))});
            probed_.push_back(to);
            probed_from_.push_back(from);
        }
    });
}

void EndView::finish(std::string_view platform) {
    if (!cisco_text_.empty()) {
        const ConfigDialect assumed = platform == "ios"                         ? ConfigDialect::ios
                                      : platform == "pix6"                      ? ConfigDialect::pix6
                                      : platform == "asa" || platform == "pix7" ? ConfigDialect::asa
                                                                                : ConfigDialect::unknown;
        cisco_ = parse_crypto_config(cisco_text_, assumed);
        add_cisco(config_, cisco_, cisco_places_);
    }
    for (const ConfText& conf : conf_texts_) {
        PlaceMap places;
        places.add(conf.member, lines_in(conf.text), conf.text);
        if (conf.tells == Tells::swanctl_conf) add_swanctl(config_, parse_settings(conf.text), places);
        if (conf.tells == Tells::ipsec_conf) add_ipsec_conf(config_, parse_ipsec_conf(conf.text), places);
    }
    for (const ConfText& conf : conf_texts_) {
        PlaceMap places;
        places.add(conf.member, lines_in(conf.text), conf.text);
        if (conf.tells == Tells::ipsec_secrets) add_ipsec_secrets(config_, parse_ipsec_secrets(conf.text), places);
    }
    for (const auto& [member, text] : policy_texts_) {
        PlaceMap places;
        places.add(member, lines_in(text), text);
        add_policies(config_, parse_isakmp_policy(text), places);
    }
    // What the tables call their own is ours too.
    const auto own = [&](const std::string& address) {
        if (parse_ipv4(address) && !config_.is_own(address)) config_.own_addresses.push_back(address);
    };
    for (const auto& table : child_tables_)
        for (const ChildSaRow& row : table.rows) own(row.local_address);
    for (const auto& table : ike_tables_)
        for (const IkeSaRow& row : table.rows) own(row.local_address);
}

}  // namespace formats
