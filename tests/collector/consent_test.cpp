// Which resets can be consented to at all, before anything is contacted.

#include "collector/reset/consent.hpp"

#include <doctest/doctest.h>

using collector::Consents;

namespace {

formats::Incident incident_of(std::size_t endpoints) {
    formats::Incident incident;
    for (std::size_t i = 0; i < endpoints; ++i) {
        formats::EndpointSpec endpoint;
        endpoint.name = "end" + std::to_string(i);
        incident.endpoints.push_back(endpoint);
    }
    return incident;
}

}  // namespace

TEST_CASE("resets are for the two ends of one tunnel: with three endpoints they are a usage error") {
    for (const std::size_t endpoints : {1U, 2U, 3U, 9U}) {
        CAPTURE(endpoints);
        formats::Incident none = incident_of(endpoints), peer = none, all = none, xlate = none;
        peer.allow_reset = formats::ResetConsent::peer;
        all.allow_reset = formats::ResetConsent::all;
        xlate.allow_clear_xlate = true;
        CHECK(Consents::are_possible(none));
        for (const formats::Incident& incident : {peer, all, xlate}) {
            const auto possible = Consents::are_possible(incident);
            CHECK(possible.has_value() == (endpoints <= 2));
            if (!possible) CHECK(possible.error().kind == formats::ErrorKind::usage);
        }
    }
}
