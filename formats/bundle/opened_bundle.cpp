#include "formats/bundle/opened_bundle.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace formats {

Result<OpenedBundle> OpenedBundle::open(const std::filesystem::path& bundle) {
    const char* const wanted = std::getenv("TMPDIR");
    std::string folder = std::string(wanted != nullptr && *wanted != '\0' ? wanted : "/tmp") + "/tacbundle-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) return system_error(folder, "making a folder to unpack into", errno);
    const auto forget = [&folder] {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    };
    auto spool = Spool::create(folder + "/spool");
    auto redaction = Redaction::make({});
    if (!spool || !redaction) {
        forget();
        return spool ? redaction.error() : spool.error();
    }
    auto state = std::make_unique<State>(State{folder, std::move(*spool), std::move(*redaction), {}});
    auto manifest = unpack_bundle(bundle, state->spool, *state->redaction);
    if (!manifest) {
        forget();
        return manifest.error();
    }
    state->manifest = std::move(*manifest);
    return OpenedBundle(std::move(state));
}

OpenedBundle::~OpenedBundle() {
    if (!state_) return;
    std::error_code ignored;
    std::filesystem::remove_all(state_->folder, ignored);
}

}  // namespace formats
