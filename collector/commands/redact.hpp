#pragma once
// `tacbundle redact [FILE...]`: a filter, device text in, redacted text out (contract, sections 2
// and 10). Streaming, in constant memory; touches nothing but standard output.

#include <string>
#include <vector>

namespace collector {

struct RedactRequest {
    std::vector<std::string> files;  ///< in turn; none, or "-": standard input
    bool report = false;             ///< what was replaced, by rule, file and line, on standard error
    std::string key_file;            ///< at least 32 bytes: equal tokens over several calls; empty: a random key
    std::string mask_addresses;      ///< replace addresses too and write the map to this new file;
                                     ///< empty: do not
    std::string unmask;              ///< put addresses back by this map, and nothing else; empty: redact
    bool explain = false;  ///< the report, and for each line that looks like one with a secret and was left, why
};

/// 0; usage (2): a file, a key or a map cannot be read or must not be used; internal (1): the
/// output could not be written, or a rule failed. Text is never let through unredacted: on an error
/// the output ends.
int redact_command(const RedactRequest& request);

}  // namespace collector
