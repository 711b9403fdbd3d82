#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/incident/incident.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto incident = formats::parse_incident(text, "fuzz.toml");
    if (incident) (void)formats::validate(*incident).has_value();
    formats::Incident added;
    (void)formats::add_endpoint(added, text.substr(0, text.find('\n')), "argument 1").has_value();
    (void)formats::parse_probe(text).has_value();
    return 0;
}
