#pragma once
// `tacbundle pack --endpoint NAME=FILE...`: a bundle from terminal logs that people kept, cleaned and analysed as a run's
// captures are (contract, section 12). Contacts nothing.

#include <optional>
#include <string>
#include <vector>

#include "formats/record/layout.hpp"

namespace collector {

struct PackRequest {
    struct Endpoint {
        std::string name;
        std::vector<std::string> files;  ///< in the order in which they were logged
    };
    std::vector<Endpoint> endpoints;
    std::string sr;
    std::string output = ".";
    std::optional<formats::ArchiveFormat> format;  ///< unset: what the name of the output says, else tar.gz
    std::string key_file;  ///< at least 32 bytes: equal tokens over several calls; empty: a random key
    bool json = false;
};

/// Exit code 0 when every endpoint's text was understood, 3 when one held nothing that is known, 2 when a file cannot be
/// read (nothing is written then), 5 when the bundle could not be written: the spool is kept and named.
int pack_command(const PackRequest& request);

}  // namespace collector
