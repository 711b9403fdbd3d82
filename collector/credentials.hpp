#pragma once
// Where passwords come from (contract, section 2), kept in memory that is wiped and never printed.
// What is not a prompt is read before anything is contacted; env:VAR is unset before the first child.

#include <memory>
#include <string>
#include <string_view>

#include "formats/incident/incident.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

class Terminal;

/// A secret in memory: wiped when it goes. Movable, not copyable.
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string value);
    Secret(Secret&&) noexcept;
    Secret& operator=(Secret&&) noexcept;
    ~Secret();
    std::string_view reveal() const { return value_; }  ///< valid while the Secret lives
    bool empty() const { return value_.empty(); }

 private:
    void wipe() noexcept;
    std::string value_;
};

/// The credentials of one endpoint. A typed password serves both sessions; a refused one is dropped and never
/// sent again by itself.
///
/// Threads: one endpoint's credentials belong to that endpoint's thread; questions are put one at a time.
class Credentials {
 public:
    /// Reads env:, file:, fd: and command: sources now; prompt: later, when it is needed. Every value is
    /// told to `redaction`. Errors of kind usage name endpoint, source and remedy.
    static formats::Result<Credentials> gather(const formats::EndpointSpec& endpoint, Terminal& terminal,
                                               formats::Redaction& redaction);

    bool has_password() const;         ///< a source was named: agent and keys are not tried then
    /// The login password; asks on the terminal when there is no source. Error login without a terminal.
    formats::Result<const Secret*> password(std::string_view user_at_host);
    formats::Result<const Secret*> enable_password();
    /// The device refused what password() gave.
    void refuse_password();
    bool was_refused() const { return refused_; }
    void wipe();

 private:
    Credentials(std::string endpoint, Terminal& terminal, formats::Redaction& redaction);
    std::string endpoint_;
    Terminal* terminal_;
    formats::Redaction* redaction_;
    formats::SecretSource password_source_, enable_source_;
    Secret password_, enable_;
    bool have_password_ = false, have_enable_ = false, refused_ = false;
};

}  // namespace collector
