#include "support/scripted_dialogue.hpp"

#include <doctest/doctest.h>

namespace support {

const std::vector<formats::Profile>& profiles() {
    static const auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    return *loaded;
}

formats::Incident incident_of_hq() {
    formats::Incident incident;
    formats::EndpointSpec endpoint;
    endpoint.name = "hq";
    endpoint.platform = "pix7";
    incident.endpoints.push_back(endpoint);
    return incident;
}

collector::PlannedLine line(std::string_view id) {
    static const auto plan = collector::Plan::make(incident_of_hq(), profiles());
    REQUIRE(plan);
    auto planned = plan->candidates(0).front().line(id);
    REQUIRE(planned);
    return *planned;
}

Dialogue::Dialogue(std::vector<Turn> turns, std::size_t read_size, bool ends)
    : shell(std::make_unique<ScriptedTransport>(std::move(turns), read_size, log, ends), "hq",
            std::vector{formats::find_profile(profiles(), "pix7")}) {}

}  // namespace support
