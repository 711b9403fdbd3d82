#pragma once
// What one end shows of the tunnel: its tables as last read, and the state that they tell. The tables are unredacted:
// for parsers only, and never written anywhere.
//
// Threads: those of its endpoint.

#include <optional>
#include <string>
#include <vector>

#include "formats/cisco/crypto_config.hpp"
#include "formats/cisco/tunnel_state.hpp"
#include "formats/record/tells.hpp"

namespace formats {

/// More of a table is not kept.
inline constexpr std::size_t longest_table = std::size_t{4} << 20;

class TunnelView {
 public:
    /// Takes the answer to a show, by what it tells; what tells nothing of the tunnel is ignored. `names` stand in the tables where
    /// addresses are meant, with `names` on.
    void read(Tells tells, const std::string& answer, const NameTable& names);

    /// Which tunnel it is: the crypto peer and, when known, the pair of proxy identities. The state as it stands is the
    /// state before.
    void look_at(std::string peer, std::optional<ProxyPair> pair, const NameTable& names);
    void set_peer(std::string peer) { peer_ = std::move(peer); }
    const std::string& peer() const { return peer_; }

    const TunnelState& before() const { return before_; }
    const TunnelState& now() const { return now_; }  ///< as of the last table read

    /// Whatever SAs stand now are old from now on.
    void expect_new_sas() { known_ = now_; }
    bool has_new_sas() const { return formats::has_new_sas(known_, now_); }

    /// The last answer was a table of phase 2 and whole: a missing SA is missing.
    bool phase2_is_read() const { return phase2_is_read_; }
    void expect_phase2() { phase2_is_read_ = false; }

    /// Peers of other tunnels in the tables.
    std::vector<std::string> other_peers() const;
    /// What leads to the peer by the list of connections, where the platform has one.
    std::vector<std::string> children() const;

 private:
    std::string peer_;
    std::optional<ProxyPair> pair_;
    std::string isakmp_, ipsec_, swanctl_, connections_;
    TunnelState before_, now_, known_;
    bool phase2_is_read_ = false;
};

}  // namespace formats
