#pragma once
// The one tunnel between the two devices: IKE in step at both ends, then a pair of IPsec SAs and
// what they count. A scenario is the script of one negotiation; traffic that matches the crypto
// access list starts it. Guarded by the world lock.

#include <array>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "examples/lab/device.hpp"

namespace lab {

class Tunnel {
 public:
    /// What became of a packet.
    enum class Fate {
        no_match,    ///< not for the tunnel
        triggered,   ///< lost; it has started a negotiation
        building,    ///< lost; a negotiation is under way
        lost,        ///< sent into SAs that the other end does not know
        unanswered,  ///< arrived, nothing came back
        answered,
    };

    struct IkeSa {
        Role role = Role::initiator;
        std::string state;
        bool identified = false;
        Clock::time_point since;
    };
    struct IpsecSa {
        std::uint32_t inbound = 0, outbound = 0;
        std::uint64_t encaps = 0, decaps = 0;
        int connection = 0;
        Clock::time_point since;
    };
    /// A tunnel to somebody else: up until it is cleared, and there to be counted.
    struct Other {
        int number = 0;  ///< from 1; also gives its addresses
        IkeSa ike;
        IpsecSa ipsec;
    };
    struct End {
        Device* device = nullptr;
        std::optional<IkeSa> ike;
        std::optional<IpsecSa> ipsec;
        std::vector<Other> others;
        int configured_others = 0;
        int translations = 14, connections = 31;
        Slots site_slots;  ///< as the site's file has them, without the scenario's
    };

    using FindScenario = std::function<const Scenario*(const std::string&)>;
    /// `find` gives the scenarios that a remedy, or a peer that is away, leads to.
    Tunnel(Device& left, Device& right, Clockwork& clockwork, FindScenario find);

    /// What stands is left standing, unless it is to `start_afresh`.
    void play(const Scenario& scenario, bool start_afresh);
    const Scenario& scenario() const { return *scenario_; }

    /// A packet from behind `side` that goes through the tunnel when it may.
    Fate packet(int side, const std::string& source, const std::string& destination, std::string_view by);
    /// Starts what a packet would start, but sends none.
    Fate trace(int side, const std::string& source, const std::string& destination);

    /// All SAs, or those with `peer`.
    void clear_ipsec(int side, const std::string& peer = "");
    void clear_isakmp(int side);
    /// All translations, or those of the inside address `local`.
    void clear_xlate(int side, const std::string& local = "");

    /// Gives the end so many tunnels to others. Before the first scenario.
    void add_others(int side, int count);

    bool building() const { return building_; }
    const End& end(int side) const { return ends_[static_cast<std::size_t>(side)]; }
    /// The device's slots and those of its SAs.
    Slots slots(int side) const;
    /// The same for a tunnel to somebody else.
    Slots other_slots(int side, std::size_t index) const;

 private:
    End& at(int side) { return ends_[static_cast<std::size_t>(side)]; }
    bool matches(int side, const std::string& source, const std::string& destination) const;
    void start(int side);
    void run_step(std::size_t index, unsigned generation);
    void perform(const ExchangeStep& step);
    void abandon();
    void drop_ipsec(int side, std::string_view why);
    void drop_ike(int side, std::string_view why);
    void delete_pair(int side);
    void remedy(int side, const std::string& cleared);
    void drop_others(int side, const std::string& peer);
    void vanish(int side);
    std::uint32_t fresh();

    std::array<End, 2> ends_;
    Clockwork& clockwork_;
    FindScenario find_;
    const Scenario* scenario_ = nullptr;
    std::vector<ExchangeStep> script_;
    std::mt19937 random_{std::random_device{}()};
    int initiator_ = 0;
    bool building_ = false;
    unsigned generation_ = 0;
    int connections_ = 0;
    std::array<std::uint32_t, 2> offered_spis_{};
    std::array<std::string, 2> structs_;
    std::string message_id_, cookie_;
};

std::string_view name_of(Tunnel::Fate fate);
std::string_view name_of(Role role);

}  // namespace lab
