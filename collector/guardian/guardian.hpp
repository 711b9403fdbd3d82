#pragma once
// The small process that turns debugs off when the run cannot: killed, crashed, hung, its terminal gone, the
// machine asleep (contract, section 8). Forked before any thread, logger or child; in a session of its own, so
// that no terminal's signals reach it. It watches the run by pidfd, and by an armed-until time on
// CLOCK_BOOTTIME, which goes on while a machine sleeps: a run that is late is taken for hung and ended.
//
// It knows what the run tells it, and acknowledges each message; nothing is armed before that. Its way out is
// in guardian_process.cpp: undo at all endpoints in parallel, sweep the spool, say what it did, end.
//
// Threads: every function from any thread; start() while there is only one.

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "collector/credentials.hpp"
#include "collector/guardian/guardian_message.hpp"
#include "collector/guardian/journal.hpp"
#include "collector/plan.hpp"
#include "formats/bundle/descriptor.hpp"
#include "formats/redaction/redaction.hpp"

namespace collector {

/// What the guardian is born with. All must be made before it, and no thread may be running.
struct GuardianOrder {
    const Plan* plan = nullptr;
    std::shared_ptr<formats::Redaction> redaction;
    Journal* journal = nullptr;
    std::string spool;       ///< folder; swept when the run has died
    int spool_lock = -1;     ///< held by both processes
    std::string ssh_folder;
};

class Guardian : public UndoBook {
 public:
    static formats::Result<std::unique_ptr<Guardian>> start(const GuardianOrder& order);
    /// Dismisses it when that has not been done, and waits until it is gone.
    ~Guardian() override;
    Guardian(const Guardian&) = delete;
    Guardian& operator=(const Guardian&) = delete;

    /// From now on alarm() tells. Starts a thread.
    void watch();
    /// Stopped when the guardian has died, or the armed-until time has passed (the machine slept): whatever is
    /// armed is to be turned off at once.
    std::stop_token alarm() const { return alarm_.get_token(); }
    std::string alarm_reason() const;

    /// How to log in to an endpoint, once its credentials were needed and accepted.
    formats::Result<void> entrust(std::size_t endpoint, const JournalEndpoint& facts, const Credentials& credentials);
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
    /// The run has ended: it goes, without being waited for. What is still owed stays in the journal.
    void dismiss();

 private:
    Guardian(const GuardianOrder& order, formats::Descriptor socket, formats::Descriptor process, pid_t pid);
    formats::Result<void> tell(const Message& message);
    formats::Result<void> tell_locked(const Message& message);
    void raise_alarm(std::string reason);
    void watch_until(const std::stop_token& end);

    const Plan& plan_;
    std::shared_ptr<formats::Redaction> redaction_;
    Journal& journal_;
    formats::Descriptor socket_, process_, timer_;
    pid_t pid_;
    std::optional<bool> obeyed_;  ///< when it has been dismissed: whether it took that in
    mutable std::mutex mutex_;
    std::size_t shared_ = 0;      ///< literals handed over
    std::string alarm_reason_;
    std::stop_source alarm_;
    std::jthread watcher_;
};

}  // namespace collector
