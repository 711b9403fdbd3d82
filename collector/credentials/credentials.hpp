#pragma once
// Where passwords come from (contract, section 2), kept in memory that is wiped and never printed.
// What is not a prompt is read before anything is contacted; env:VAR is unset before the first child.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/credentials/secret.hpp"
#include "formats/incident/incident.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/result.hpp"

namespace collector {

class Terminal;

/// The credentials of one endpoint. A typed password serves both sessions; a refused one is dropped and never
/// sent again by itself.
///
/// Threads: one endpoint's credentials belong to that endpoint's thread; questions are put one at a time.
class Credentials {
 public:
    /// Reads env:, file:, fd: and command: sources now; prompt: later, when it is needed. Every value is
    /// told to `redaction`. All variables are read, then all descriptors, then files, then commands run: no
    /// child sees a secret of another endpoint. A source that is named twice is read once. Errors: usage (the
    /// subject names the endpoint, the detail the source; with remedy; also `prompt` without a terminal),
    /// interrupted. The result is in the order of `endpoints`.
    ///
    /// Before other threads that read the environment are started.
    static formats::Result<std::vector<Credentials>> gather_all(std::span<const formats::EndpointSpec> endpoints,
                                                                Terminal& terminal, formats::Redaction& redaction);
    /// The same for one endpoint.
    static formats::Result<Credentials> gather(const formats::EndpointSpec& endpoint, Terminal& terminal,
                                               formats::Redaction& redaction);

    /// Credentials that an endpoint has accepted, for the process that undoes when this one has died. An empty
    /// password: keys and the agent log in.
    static Credentials accepted(std::string endpoint, Terminal& terminal, formats::Redaction& redaction,
                                Secret password, Secret enable);
    /// What has been given out so far; empty where nothing was needed.
    std::string_view password_in_use() const { return have_password_ ? password_.reveal() : std::string_view{}; }
    std::string_view enable_in_use() const { return have_enable_ ? enable_.reveal() : std::string_view{}; }

    bool has_password() const;  ///< a source was named: agent and keys are not tried then
    /// The login password; asks on the terminal when there is no source, again after a typed one was refused.
    /// Errors: login (no terminal, no answer, or a source's password was refused), timeout, interrupted.
    formats::Result<const Secret*> password(std::string_view user_at_host);
    /// The enable password, in the same way. Typed, it may be empty: a device fresh from the box has none.
    formats::Result<const Secret*> enable_password();
    /// The device refused what password() gave.
    void refuse_password();
    /// Refused, and there is no other that was accepted since.
    bool was_refused() const { return refused_ && !have_password_; }
    /// The device refused the login, or enable: forgets what was typed for it, so that the person is asked once more.
    /// False: nothing of that was typed, or this was the second time.
    bool may_retype_password();
    bool may_retype_enable();
    /// Those of a bastion on the way: keys, the agent, or what is typed; never this endpoint's own. The same for
    /// both sessions, so that what is typed serves both.
    Credentials& of_bastion(const std::string& user_at_host);
    void wipe();
    /// What has learned them.
    formats::Redaction& redaction() const { return *redaction_; }

 private:
    Credentials(std::string endpoint, Terminal& terminal, formats::Redaction& redaction);
    /// Asks for a secret and learns it. `setting` is what to set where there is no terminal.
    formats::Result<Secret> ask_for(const std::string& what, std::string_view setting);

    std::string endpoint_;
    Terminal* terminal_;
    formats::Redaction* redaction_;
    formats::SecretSource password_source_, enable_source_;
    Secret password_, enable_;
    bool have_password_ = false, have_enable_ = false, refused_ = false;
    bool password_typed_ = false;                             ///< at any time
    bool password_retyped_ = false, enable_retyped_ = false;  ///< asked for once more
    std::vector<std::pair<std::string, std::unique_ptr<Credentials>>> bastions_;
};

}  // namespace collector
