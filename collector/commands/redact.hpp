#pragma once
// `tacbundle redact [FILE...]`: a filter, device text in, redacted text out (contract, sections 2 and 10).
// Streaming, in constant memory; touches nothing but standard output.

#include <string>
#include <vector>

namespace collector {

struct RedactRequest {
    std::vector<std::string> files;  ///< in turn; none, or "-": standard input
    bool report = false;             ///< counts by rule on standard error at the end
    std::string key_file;            ///< at least 32 bytes: equal tokens over several calls; empty: a random key
    bool mask_addresses = false, unmask = false;
};

/// 0; usage (2): a file or key cannot be read, or an option that is not built yet; internal (1): standard
/// output could not be written.
int redact_command(const RedactRequest& request);

}  // namespace collector
