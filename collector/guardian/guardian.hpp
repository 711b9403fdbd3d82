#pragma once
// The small process that turns debugs off when the run cannot: killed, crashed, hung, its terminal gone, the
// machine asleep (contract, section 8). Forked before any thread, logger or child; in a session of its own, so
// that no terminal's signals reach it. It watches the run by pidfd, and by an armed-until time on
// CLOCK_BOOTTIME, which goes on while a machine sleeps: a run that is late is taken for hung and ended.
//
// It knows what the run tells it, and acknowledges each message; nothing is armed before that. While anything is
// armed it is asked every second whether it is there: a guardian that does not answer (killed, stopped) is ended,
// and the run turns off what is armed. So two of them never act on one device. Its way out is in
// guardian_process.cpp: undo at all endpoints, sweep the spool, say what it did, end.
//
// Threads: every function from any thread; start() while there is only one.

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "collector/credentials/credentials.hpp"
#include "collector/guardian/guardian_message.hpp"
#include "collector/plan/plan.hpp"
#include "collector/session/ssh/ssh_way.hpp"
#include "collector/state/journal.hpp"
#include "formats/redaction/redaction.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {

/// What the guardian is born with. All must be made before it, and no thread may be running.
struct GuardianOrder {
    const Plan* plan = nullptr;
    std::shared_ptr<formats::Redaction> redaction;
    Journal* journal = nullptr;
    std::string spool;    ///< folder; swept when the run has died
    int spool_lock = -1;  ///< held by both processes
    std::string ssh_folder;
};

class Guardian : public UndoBook {
 public:
    static formats::Result<std::unique_ptr<Guardian>> start(const GuardianOrder& order);
    /// Waits until it is gone. A guardian that was neither dismissed nor told to take over takes over now: an
    /// exception that unwinds the run ends here.
    ~Guardian() override;
    Guardian(const Guardian&) = delete;
    Guardian& operator=(const Guardian&) = delete;

    /// From now on alarm() tells. Starts a thread.
    void watch();
    /// Stopped when the guardian has died, or the armed-until time has passed (the machine slept): whatever is
    /// armed is to be turned off at once.
    std::stop_token alarm() const { return alarm_.get_token(); }
    std::string alarm_reason() const;

    /// How to log in to an endpoint, once its credentials were needed and accepted. `way`: of that login; then no file of
    /// ~/.ssh is needed at the guardian's moment but that of a key.
    formats::Result<void> entrust(std::size_t endpoint, const JournalEndpoint& facts, const Credentials& credentials,
                                  const SshWay& way);
    formats::Result<void> name_endpoint(const JournalEndpoint& endpoint) override;
    /// Journalled, and acknowledged by the guardian.
    formats::Result<unsigned> owe(UndoEntry entry) override;
    void prove(unsigned number, std::string_view how) override;
    /// All is to be off when this much time has passed.
    formats::Result<void> armed_for(std::chrono::milliseconds time);
    /// Nothing is armed, nor will be: it forgets the credentials.
    void stand_down();
    /// Hands over the literals that were learned since the last time.
    void share_learned();
    const std::string& journal() const { return journal_.path(); }
    /// The run has ended: it goes, without being waited for. What is still owed stays in the journal.
    void dismiss();
    /// The run cannot go on: the guardian turns off what is still owed, and says so. No session of the run may be
    /// open any more. Waits until the guardian has ended; whether all was proven off.
    bool take_over() noexcept;

 private:
    Guardian(const GuardianOrder& order, formats::Descriptor socket, formats::Descriptor process, pid_t pid);
    formats::Result<void> tell(const Message& message);
    formats::Result<void> tell_locked(std::string_view message);
    void put_an_end_to_it(std::string reason);
    bool wait_until_gone(std::chrono::milliseconds limit) noexcept;
    void stop_watching() noexcept;
    void give_reason(std::string reason);
    void raise_alarm(std::string reason);
    void watch_until(const std::stop_token& end);

    const Plan& plan_;
    std::shared_ptr<formats::Redaction> redaction_;
    Journal& journal_;
    formats::Descriptor socket_, process_, timer_;
    pid_t pid_;
    bool leaving_ = false;            ///< it was dismissed, or has taken over
    std::optional<int> status_;       ///< how it ended, once it has
    std::atomic<bool> armed_{false};  ///< a time is set: it is asked whether it is there
    std::mutex mutex_;                ///< one message and its answer at a time
    std::size_t shared_ = 0;          ///< literals handed over
    mutable std::mutex alarm_mutex_;
    std::string alarm_reason_;
    std::stop_source alarm_;
    std::jthread watcher_;
};

}  // namespace collector
