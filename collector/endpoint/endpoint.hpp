#pragma once
// One device in a run: its sessions, its steps, and the record of what was planned and what became of it.
// A device that refuses, stalls or vanishes costs its own captures and nothing else: every step ends, and
// every planned item has an outcome.
//
// Two sessions: one controls (shows, probes, polls), one listens (the debugs). When the second is refused,
// one session does both and the record says so.
//
// Threads: one step at a time; a step runs in a thread of its own. During the window record() and watch()
// run in two threads: record() owns the listening session, watch() the controlling one.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/credentials/credentials.hpp"
#include "collector/debug/debug_stream.hpp"
#include "collector/debug/guards.hpp"
#include "collector/debug/window.hpp"
#include "collector/guardian/guardian.hpp"
#include "collector/plan/plan.hpp"
#include "collector/probe/probe.hpp"
#include "collector/progress/progress.hpp"
#include "collector/session/login.hpp"
#include "collector/session/shell.hpp"
#include "collector/state/device_lock.hpp"
#include "collector/state/run_place.hpp"
#include "formats/bundle/capture.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/cisco/crypto_config.hpp"
#include "formats/cisco/pre_shared_keys.hpp"
#include "formats/cisco/show_outputs.hpp"
#include "formats/record/ledger.hpp"
#include "formats/transcript/debug_state.hpp"
#include "formats/tunnel/path_guard.hpp"
#include "formats/tunnel/tunnel_view.hpp"

namespace collector {

/// What all endpoints of a run share. Must outlive them.
struct RunContext {
    const formats::Incident* incident = nullptr;
    LoginSettings login;
    formats::Redaction* redaction = nullptr;
    formats::Spool* spool = nullptr;  ///< null in `check`: nothing is captured
    Progress* progress = nullptr;
    Guardian* guardian = nullptr;  ///< null in `check`: nothing is armed
    std::string state_folder{};    ///< where devices are locked
};

/// Of a device that took our lines in configuration mode only: that nothing was configured there.
struct ConfigurationProof {
    bool is_needed = false;     ///< that mode was entered
    std::string before, after;  ///< a digest of the configuration with its checksum; empty: could not be read
    bool holds() const { return !before.empty() && before == after; }
    std::string in_words() const;
};

/// What a full reset of a device takes down, as read before anybody is asked.
struct ResetLosses {
    std::vector<std::string> other_peers;  ///< whom else it has tunnels with
    std::optional<unsigned> connections, translations;
};

class Endpoint {
 public:
    Endpoint(std::size_t index, const formats::EndpointSpec& spec, const std::vector<EndpointPlan>& candidates,
             Credentials credentials, const RunContext& context);
    ~Endpoint();
    Endpoint(Endpoint&&) noexcept;
    Endpoint& operator=(Endpoint&&) = delete;

    const std::string& name() const { return record_.name; }
    std::size_t index() const { return index_; }

    /// Logs in, enables, identifies the platform, reads the clock; with `listener` opens the second session too.
    formats::Result<void> log_in(bool listener, const Patience& patience);
    bool is_up() const { return control_ != nullptr; }
    /// Why it is not.
    const std::optional<formats::Error>& failure() const { return failure_; }

    /// Who is there, CPU, standby: what decides whether debugs may be armed.
    void look_around(const Patience& patience);
    /// `--compare-keys`: reads the keys in clear and keeps their tokens. The answer is never written anywhere.
    void read_keys(const Patience& patience);
    /// The configuration and the SA tables, read and not captured: for `check --explain`.
    void read_tunnel_facts(const Patience& patience);
    /// Which tunnel it is, and how it stands before anything is done. What cannot be told is said. `peer`: its crypto
    /// peer; empty: it cannot be told.
    void look_at_tunnel(const std::string& peer);
    /// `show debug`, only looked at; whose they are, as far as `owed` tells.
    void look_at_debugs(const std::vector<OwedByDeadRun>& owed, const Patience& patience);
    /// Every planned capture of a phase.
    void collect(formats::Phase phase, const Patience& patience);

    /// Whether our own login runs through a tunnel of this device, by its configuration and its list of sessions.
    formats::Path path() const { return formats::path_of_login(configuration_, seen_from_); }

    /// Tunnels to others, connections and translations, where a reset could drop them.
    ResetLosses count_losses(const Patience& patience);

    /// Turns the debugs on, or says in the record why not. `hindrance`: why nothing may be armed in this run; empty:
    /// nothing stands against it.
    void arm(const std::string& hindrance, const Patience& patience);
    /// Says in the record why no debug is on here.
    void not_armed(formats::Outcome outcome, const std::string& reason);
    bool is_armed() const { return stream_ != nullptr && stream_->is_armed(); }
    /// A guard that looks at no single endpoint has closed the window: the capture is cut short.
    void cut_short(const std::string& reason);
    /// Listens until the window closes; in a one-session run polls and probes as well.
    void record(Window& window, Probe& probe);
    /// Polls the SA tables and probes on the controlling session until the window closes.
    void watch(Window& window, Probe& probe);
    bool has_two_sessions() const { return listener_ != nullptr; }
    /// Types an empty line into the listening session, where it does no harm, and takes what has come: before anything is
    /// armed a device closes what is idle. Hardly waits; what is lost shows when it is to arm.
    void keep_listener();
    /// The same in the session that asks, while nothing is asked.
    void keep_control();
    /// Reads the SA tables once, outside a window. False: the tunnel's state is not known now.
    bool read_tunnel(const Patience& patience);
    /// Sends a line of the plan's reset step; debugs may be running. Error rejected: the device refused it.
    formats::Result<void> reset(const PlannedLine& line, const Patience& patience);
    /// Turns the debugs off and proves it; never skipped. Deaf to interrupts: its own time limits only.
    void disarm();
    /// Lines that a person has to type when off could not be proven; empty: proven.
    const std::vector<std::string>& still_to_type() const { return still_to_type_; }

    /// Where configuration mode was entered: compares what shows that nothing was configured. Not in a manifest by
    /// itself: whoever asks for the proof has to tell.
    void prove_configuration(const Patience& patience);
    const ConfigurationProof& configuration_proof() const { return configuration_proof_; }

    void log_out();

    const EndpointPlan& plan() const { return *plan_; }
    formats::Transport transport() const { return spec_->target.transport; }
    /// Of the device; where it does not tell, the first that its platform is for.
    const std::string& version() const {
        return record_.version.empty() ? plan_->profile().identify.from_version : record_.version;
    }
    /// What `write terminal` said about IPsec; empty when there was none.
    const formats::CryptoConfig& configuration() const { return configuration_; }
    /// The pre-shared keys for its peer, as far as they could be read.
    std::vector<formats::PreSharedKey> keys_of_the_tunnel() const;
    /// What it shows of the tunnel.
    const formats::TunnelView& tunnel() const { return tunnel_; }
    formats::TunnelView& tunnel() { return tunnel_; }
    bool is_standby() const { return standby_; }
    /// What a probe is chosen from; lives as long as this endpoint stays where it is.
    ProbeEnd probe_end() const;
    /// What was planned here and what became of it.
    formats::Ledger& ledger() { return ledger_; }
    const formats::Ledger& ledger() const { return ledger_; }
    /// After the last step: gives an outcome to what was never reached.
    void close_the_ledger();

    /// The record as it would stand in the manifest if the run died now.
    formats::EndpointRecord record_so_far() const;
    formats::EndpointRecord record_of_run() const;
    bool is_identified() const { return !record_.platform.empty(); }
    const std::string& hostname() const { return record_.hostname; }

 private:
    static constexpr milliseconds one_look{15'000};
    static constexpr std::size_t keep_configuration = std::size_t{4} << 20;

    formats::Result<Answer> ask(Shell& shell, const std::string& id, const TextSink& sink, const Patience& patience,
                                const Slots& slots = {});
    /// The answer that told the platform.
    struct Identification {
        formats::UtcTime asked, answered;
        std::string lines;
        Answer answer;
    };
    void capture(const PlannedItem& item, const Patience& patience);
    std::optional<Identification> take_identification(const PlannedItem& item);
    Slots known_slots() const;
    void read_clock(const Patience& patience);
    void record_clock(std::optional<std::chrono::minutes> zone);
    formats::Result<std::set<std::string>> session_ids(Shell& shell, const Patience& patience);
    formats::Result<std::string> poll_line(const std::string& id, const Patience& patience);
    formats::Result<void> poll_tables(const Patience& patience);
    void poll_once(Window& window, Probe& probe);
    void look_at_load(Window& window, LoadGuard& guard);
    void guard_fired(Window& window, const std::string& reason);
    formats::Result<void> identify(const Patience& patience);
    formats::Result<Answer> ask_version(const Patience& patience);
    bool is_refused_by_any(std::string_view answer) const;
    bool is_platform_told(const std::string& version_line, const std::string& answer);
    ReadyLimits ready_limits() const {
        return {context_->incident->connect_timeout, std::max(one_look, context_->incident->command_timeout)};
    }
    formats::Result<void> lock_the_device();
    void open_listener(const Patience& patience);
    void entrust_the_guardian();
    bool is_console() const { return spec_->target.transport == formats::Transport::exec; }
    void owe_the_logout();
    void find_own_session(const std::optional<std::set<std::string>>& before, const Patience& patience);
    formats::Result<void> take_back_from_outside(const Patience& patience);
    void take_back_in_window(Window& window);
    static void keep_awake(Shell& shell);
    void note_proven_off();
    void look_at_what_is_still_on(const std::string& listing);
    void read_configuration(const std::string& text);
    std::string debugs_in_words(const formats::DebugState& state, const std::vector<OwedByDeadRun>& owed) const;
    void read_table(const PlannedItem& item, const std::string& answer);
    std::string proof_in(const std::string& answer) const;
    void finish_during();
    bool revive(const Patience& patience);
    void lose_control(const formats::Error& why);
    std::unique_ptr<Shell>& stream_shell() { return listener_ ? listener_ : control_; }
    void event(EventKind kind, std::string text, std::vector<std::pair<std::string, std::string>> members = {},
               bool is_passing = false) const;

    std::size_t index_;
    const formats::EndpointSpec* spec_;
    const std::vector<EndpointPlan>* candidates_;
    const EndpointPlan* plan_;
    Credentials credentials_;
    const RunContext* context_;
    formats::EndpointRecord record_;  ///< without its captures
    formats::Ledger ledger_;

    std::unique_ptr<Shell> control_, listener_;
    std::unique_ptr<DebugStream> stream_;
    std::vector<UndoEntry> armed_;  ///< what was turned on, proven off or not
    std::unique_ptr<formats::Capture> debug_capture_;
    std::vector<std::pair<std::string, std::unique_ptr<formats::Capture>>> during_;
    std::optional<formats::Error> failure_;
    struct ClockSample {
        double local_minus_utc_ms, uncertainty_ms;
        std::string zone;
    };
    std::optional<ClockSample> clock_;
    std::optional<Identification> identification_;  ///< until the capture of the same line takes it
    formats::CryptoConfig configuration_;
    std::vector<formats::PreSharedKey> keys_;
    formats::TunnelView tunnel_;
    std::string serial_;  ///< as its version's answer tells it; may be empty
    std::optional<DeviceLock> lock_;
    std::string lock_name_;
    SshWay way_;  ///< of the login that the guardian would repeat
    std::string why_not_armed_;
    formats::SessionMark arming_;  ///< the session that arms, in the device's list
    std::string seen_from_;        ///< our address there
    std::string
        unlike_its_platform_;   ///< why it may be another platform than the one that is named; empty: it is that one
    std::string unguarded_;     ///< why nothing is armed here: no lock of the device, or a guardian that could not undo
    std::string guard_reason_;  ///< the guard that fired here
    std::set<std::string> idle_debugs_;  ///< that the configuration has no use for
    std::optional<unsigned> cpu_;
    bool standby_ = false, busy_ = false;
    bool turned_away_ = false;  ///< by the first login
    ConfigurationProof configuration_proof_;
    std::optional<unsigned> logout_owed_;  ///< number in the journal
    std::vector<std::string> still_to_type_;
};

std::vector<ProbeEnd> probe_ends(const std::vector<Endpoint>& endpoints);
/// Tells each endpoint its crypto peer, once every configuration is read.
void find_the_tunnel(const formats::Incident& incident, std::vector<Endpoint>& endpoints);

}  // namespace collector
