#pragma once
// The state of one firewall: who is logged in, who debugs what, its clock. A debug belongs to the
// session that armed it, and lives as long as the device believes in that session. Everything here
// is guarded by the world lock; nothing here does input or output but waking the threads that do.

#include <memory>
#include <string>
#include <vector>

#include "examples/lab/clockwork.hpp"
#include "examples/lab/event_log.hpp"
#include "examples/lab/faults.hpp"
#include "examples/lab/lab_files.hpp"

namespace lab {

/// One terminal session as the device sees it. Its thread owns the connection; the rest is shared
/// under the world lock.
struct Session {
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    int id = 0;   ///< unique in one lab
    int sid = 0;  ///< the slot that the device shows
    std::string user, client, cipher;
    bool foreign = false;  ///< somebody else's, made up by a fault: no connection behind it
    bool authenticated = false;
    bool half_open = false;  ///< the link is dead, the device does not know
    bool ended = false;      ///< the device has closed it
    bool reset = false;      ///< ... with a TCP reset
    std::string end_reason;
    std::map<std::string, int> debug_levels;
    bool monitor = false;  ///< device scope: this session is shown the device's debugs
    std::string outbox;    ///< asynchronous text, CR LF, on its way to the terminal
    long debug_lines = 0;
    Clock::time_point last_input;
    int socket = -1;  ///< -1 once the connection is gone
    int wake = -1;    ///< eventfd that ends the thread's wait
};

class Device {
 public:
    Device(std::string side, Site site, Platform platform, EventLog& log, Clockwork& clockwork);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    const std::string& side() const { return side_; }
    const Site& site() const { return site_; }
    const Platform& platform() const { return platform_; }
    Site& site() { return site_; }
    Faults& faults() { return faults_; }
    const std::vector<std::shared_ptr<Session>>& sessions() const { return sessions_; }

    /// Sets a fault and what it changes at once.
    formats::Result<void> set_fault(std::string_view specification);
    void clear_faults();

    /// A new session in the lowest free slot; null when there is none, or a fault forbids it.
    std::shared_ptr<Session> open_session(const std::string& client, int socket);
    /// Forgets the session and its debugs. Harmless when it is gone already.
    void close_session(Session& session, const std::string& reason);
    /// The device ends the session: its thread is woken and hangs up.
    void hang_up(Session& session, const std::string& reason, bool reset);
    /// The link dies without a word: nothing that arrives is acknowledged any more, and the device
    /// does not notice before its idle timeout.
    void kill_link(Session& session, std::string_view fault);
    std::shared_ptr<Session> by_sid(int sid) const;

    /// An empty user stands for the site's: a line password asks for none.
    bool log_in(Session& session, const std::string& user, const std::string& password);

    void debug_on(Session& session, const std::string& kind, int level);
    void debug_off(Session& session, const std::string& kind, const std::string& reason);
    /// What was turned off here, where a fault wants that.
    void turn_on_again(Session& session);
    /// What is on as far as this session can tell: its own debugs, or the device's.
    const std::map<std::string, int>& levels(const Session& session) const {
        return platform_.device_scope ? levels_ : session.debug_levels;
    }
    bool debugging(const Session& session) const { return !levels(session).empty(); }
    const std::map<std::string, int>& device_levels() const { return levels_; }
    bool debugging() const;

    /// Debug conditions are the device's, not a session's: while there are any, only peers among
    /// them are debugged.
    void condition_on(const Session* session, const std::string& peer);
    void condition_off(const Session* session, const std::string& peer);
    const std::vector<std::string>& conditions() const { return conditions_; }

    /// Prints what this platform's vocabulary has for `event` in every session that debugs it.
    void say(Role role, const std::string& event, const Slots& slots);

    /// Loses all sessions at once and is not reachable for `away`.
    void reload(Milliseconds away);
    bool away() const { return away_; }
    bool listening() const { return !away_ && !faults_.on("refuse"); }
    bool standby() const { return faults_.on("standby"); }
    /// Called by reload: what else the restart loses.
    void on_reload(std::function<void()> then) { reloaded_ = std::move(then); }

    /// "Feb 16 13:36:40" and "14:02:11.345 UTC Tue Mar 9 2004", by this device's own clock.
    std::string debug_time() const;
    std::string clock_text() const;
    int cpu() const;

    /// Addresses, names and the site's own slots.
    Slots slots() const;

    void log(const Session* session, std::string_view event, const JsonObject& details = {});
    /// Logs a text of the lab's data that holds a slot without a value.
    void report_unfilled(std::string_view text);

    /// eventfd of the thread that accepts.
    int listener_wake() const { return listener_wake_; }
    /// Ends sessions that were idle for `limit`, for ever.
    void watch_idle(Clock::duration limit);

 private:
    void push(Session& session, const std::string& wire_text);
    void apply(Session& session, const Effect& effect);
    void admit_stranger(std::string_view fault, bool debugging, int number = 0);
    void flood();
    void noise();
    std::chrono::system_clock::time_point now() const;

    std::string side_;
    Site site_;
    Platform platform_;
    EventLog& log_;
    Clockwork& clockwork_;
    Faults faults_;
    std::vector<std::shared_ptr<Session>> sessions_;
    std::vector<std::string> conditions_;
    std::map<std::string, int> turned_off_;  ///< by a line
    std::map<std::string, int> levels_;      ///< of a platform whose debugs have device scope
    bool away_ = false, flooding_ = false, noisy_ = false, stepped_ = false, reloaded_once_ = false,
         password_used_ = false;
    std::function<void()> reloaded_;
    int listener_wake_ = -1;
    unsigned flood_number_ = 0x47e42d70;
};

void wake(int event_fd);

}  // namespace lab
