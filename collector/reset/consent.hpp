#pragma once
// Consent to resets, device by device, gathered before anything is armed (contract, section 5). What takes
// down more than the one tunnel is asked for on the terminal, with what it will drop, and allowed by typing
// the host name of the device's prompt; without a terminal an option names the device.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "collector/endpoint/endpoint.hpp"
#include "collector/progress/terminal.hpp"
#include "formats/incident/incident.hpp"
#include "formats/platform/profile.hpp"

namespace collector {

struct Consent {
    bool given = false;
    std::string how;  ///< "--allow-reset peer", "hq typed on the terminal"; when it is not given: why not
};

class Consents {
 public:
    /// Errors of kind usage, before anything is contacted: a reset that could not be judged or would not be
    /// recorded in this incident.
    static formats::Result<void> are_possible(const formats::Incident& incident);
    /// Error usage: without a terminal nobody can be asked, and an option does not name the endpoint.
    static formats::Result<void> can_be_had(const formats::Incident& incident, bool on_a_terminal);

    /// Asks what has to be asked. Every endpoint that is up has read its tables and its configuration.
    static Consents gather(const formats::Incident& incident, std::vector<Endpoint>& endpoints, Terminal& terminal,
                           Progress& progress, const Patience& patience);

    const Consent& of(std::size_t endpoint, formats::ResetScope scope) const {
        return given_[endpoint][static_cast<std::size_t>(scope)];
    }

 private:
    std::vector<std::array<Consent, 4>> given_;
};

}  // namespace collector
