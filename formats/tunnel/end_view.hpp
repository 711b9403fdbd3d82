#pragma once
// One end of a tunnel from its texts alone: its configuration, its tables of SAs, the state in which they show it. Fed
// with what was captured, in the order in which it was captured; whatever the platform.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/isakmp_sa.hpp"
#include "formats/transcript/commands.hpp"
#include "formats/tunnel/tunnel_config.hpp"

namespace formats {

/// One pair of IPsec SAs, or a pair of networks that has none.
struct ChildSaRow {
    std::string peer, local_address;
    std::string local, remote;  ///< networks, as one text on all platforms: "10.1.1.0/24"
    std::optional<Network> local_network, remote_network;
    std::uint32_t spi_in = 0, spi_out = 0;  ///< 0: none
    std::uint64_t encaps = 0, decaps = 0, send_errors = 0, recv_errors = 0, replays = 0;
    bool in_udp = false, is_current = true;
    std::optional<std::uint64_t> rekeying_in;
    Place place;

    bool is_live() const { return spi_in != 0 && spi_out != 0; }
};

struct IkeSaRow {
    std::string peer, local_address, state, initiator_spi, responder_spi, remote_id;
    unsigned version = 1;
    IkeRole role = IkeRole::unknown;
    bool is_up = false, is_residue = false;
    Place place;
};

/// A table at one moment.
template <class Row>
struct Snapshot {
    std::vector<Row> rows;
    Place place;  ///< the table's first line
};

struct NatRule {
    std::string text;
    bool translates = false;  ///< MASQUERADE, SNAT; else it lets packets pass as they are
    std::optional<Network> source, destination;
    bool ipsec_only = false;  ///< -m policy --pol ipsec
    Place place;
};

class EndView {
 public:
    /// Takes a captured text. `member` is its place in the bundle.
    void take(Tells tells, const std::string& member, std::string_view text);
    /// Everything was taken. `platform` helps where a fragment does not tell whose it is.
    void finish(std::string_view platform);

    const TunnelConfig& config() const { return config_; }
    const CryptoConfig& cisco() const { return cisco_; }
    const std::vector<Snapshot<ChildSaRow>>& child_tables() const { return child_tables_; }
    const std::vector<Snapshot<IkeSaRow>>& ike_tables() const { return ike_tables_; }
    /// Names of the connections that the daemon has loaded; nothing when it was not asked.
    const std::optional<std::vector<std::string>>& loaded() const { return loaded_; }
    const Place& loaded_place() const { return loaded_place_; }
    const std::vector<NatRule>& nat_rules() const { return nat_rules_; }
    /// An answer to `show debug` that lists crypto debugs; or the echo of arming.
    bool debug_was_on() const { return debug_was_on_; }
    /// A probe that was not answered: a ping from here.
    const std::vector<Place>& failed_probes() const { return failed_probes_; }
    const std::vector<std::string>& probed() const { return probed_; }  ///< destinations, as many as failed_probes()
    const std::vector<std::string>& probed_from() const { return probed_from_; }

 private:
    void take_phase1(const std::string& member, std::string_view text);
    void take_phase2(const std::string& member, std::string_view text);
    void take_list_sas(const std::string& member, std::string_view text);
    void take_connections(const std::string& member, std::string_view text);
    void take_nat_table(const std::string& member, std::string_view text);
    void take_probe(const std::string& member, std::string_view text);

    TunnelConfig config_;
    CryptoConfig cisco_;
    std::string cisco_text_;
    PlaceMap cisco_places_;
    struct ConfText {
        Tells tells;
        std::string member, text;
    };
    std::vector<ConfText> conf_texts_;
    std::vector<std::pair<std::string, std::string>> policy_texts_;  ///< member, text
    std::vector<Snapshot<ChildSaRow>> child_tables_;
    std::vector<Snapshot<IkeSaRow>> ike_tables_;
    std::optional<std::vector<std::string>> loaded_;
    Place loaded_place_;
    std::vector<NatRule> nat_rules_;
    bool debug_was_on_ = false;
    std::vector<Place> failed_probes_;
    std::vector<std::string> probed_, probed_from_;
};

/// The text without what a pager left in it, line by line.
std::string cleaned_text(std::string_view text);

}  // namespace formats
