#pragma once
// A finished bundle unpacked into a folder of its own that goes with it: what reads the text of a bundle (report, ladder,
// diff) works on it as on a run's spool.

#include <filesystem>
#include <memory>

#include "formats/bundle/unpack.hpp"

namespace formats {

class OpenedBundle {
 public:
    /// Unpacks into a new folder, 0700, below $TMPDIR or /tmp. Errors are those of unpack_bundle(); io where the folder
    /// cannot be made.
    static Result<OpenedBundle> open(const std::filesystem::path& bundle);
    OpenedBundle(OpenedBundle&&) noexcept = default;
    OpenedBundle& operator=(OpenedBundle&&) = delete;
    ~OpenedBundle();

    const Manifest& manifest() const { return state_->manifest; }
    const Spool& spool() const { return state_->spool; }
    Redaction& redaction() const { return *state_->redaction; }

 private:
    struct State {
        std::filesystem::path folder;
        Spool spool;
        std::shared_ptr<Redaction> redaction;
        Manifest manifest;
    };
    explicit OpenedBundle(std::unique_ptr<State> state) : state_(std::move(state)) {}
    std::unique_ptr<State> state_;
};

}  // namespace formats
