#pragma once
// What a run has changed on devices and how it is undone, on disk before it is done (contract, section 8).
// It holds no secret: names, targets as written, lines of the plan.
//
//   $XDG_STATE_HOME/tacbundle/journal-RUN   0600; records are only appended, each in one write, then synced
//
//   journal  = "tacbundle-journal" TAB "1" TAB run NL { record NL }
//   record   = endpoint | owed | proven | said
//   endpoint = "endpoint" TAB name TAB target TAB profile TAB legacy TAB session TAB user TAB source TAB source [ TAB context [ TAB config-mode [ TAB client ] ] ]
//   owed     = "owed" TAB number TAB name TAB scope TAB undo-id TAB peer TAB baseline TAB line TAB undo
//   proven   = "proven" TAB number TAB how
//   said     = "said" TAB text
//   legacy   = "yes" | "no"          scope = "session" | "device"
//   session  = the arming session's number in the device's list; empty: not known
//   client   = its address there; absent: not known
//   source   = where password and enable password come from, "env:VAR" and the like; empty: asked for
//   config-mode = "yes": configuration mode was allowed there; absent: not
//   context  = of a device in multiple context mode, where the undo belongs; absent: none
//   undo-id  = the item of the plan whose line takes it back ("disarm/isakmp")
//   peer     = the value of its {peer-address}; empty: it has none
//
// Fields are printable; what is not is written as "?". A last record without NL was cut by a crash: nothing
// was sent on its account, and it is not read. The latest record of an endpoint holds.
//
// A journal whose name is gone from the folder is none: nothing is owed in it. The file is locked (flock) as long as
// a process of its run has it open: one that can be locked is a leftover.

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "formats/cisco/show_outputs.hpp"
#include "formats/platform/profile.hpp"
#include "formats/result.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {

/// An endpoint as far as an undo needs it.
struct JournalEndpoint {
    std::string name, target, profile;
    bool legacy = false;
    std::string session;                     ///< number of the session that arms; may be empty
    std::string user;                        ///< our name in the device's list of sessions
    std::string password_from, enable_from;  ///< where secrets are kept, never what they are
    std::string context{};
    bool allow_config_mode = false;
    std::string client{};  ///< address of the arming session in that list
    std::string lock{};    ///< name of the device's lock in the state folder; empty: it was not locked

    formats::SessionMark arming() const { return {session, user, client}; }
};

/// One change and its undo.
struct UndoEntry {
    using Scope = formats::Profile::Debug::Scope;
    unsigned number = 0;  ///< given by the journal
    std::string endpoint;
    Scope scope = Scope::session;
    std::string undo_id, peer_address;
    std::string baseline;    ///< what the item was before: "off"
    std::string line, undo;  ///< as sent, as to be sent
};

/// Notes what must be undone before it is done. An error means: do not do it.
class UndoBook {
 public:
    virtual ~UndoBook() = default;
    virtual formats::Result<void> name_endpoint(const JournalEndpoint& endpoint) = 0;
    /// The entry's number, once it is safe against the death of this process.
    virtual formats::Result<unsigned> owe(UndoEntry entry) = 0;
    /// Strikes it off, on proof only; `how` it was proven. When that cannot be written, the entry is merely
    /// proven again by whoever reads the file.
    virtual void prove(unsigned number, std::string_view how) = 0;
};

/// Threads: any. A process forked from its owner may append to it as well.
class Journal : public UndoBook {
 public:
    /// Makes `folder` (0700) and the file in it, and locks it. Errors are of kind io.
    static formats::Result<Journal> create(const std::string& folder, const std::string& run);
    /// One that an earlier run left. Error usage when it is not a journal of ours, rejected when its run still lives.
    static formats::Result<Journal> take_over(const std::string& path);
    Journal(Journal&&) noexcept;

    formats::Result<void> name_endpoint(const JournalEndpoint& endpoint) override;
    formats::Result<unsigned> owe(UndoEntry entry) override;
    void prove(unsigned number, std::string_view how) override;
    formats::Result<void> say(std::string_view text);

    const std::string& path() const { return path_; }
    int descriptor() const { return file_.get(); }
    std::vector<JournalEndpoint> endpoints() const;
    std::vector<UndoEntry> owed() const;  ///< in the order they were made
    /// Removes the file when nothing is owed any more; otherwise it stays.
    formats::Result<void> close();

 private:
    Journal(std::string path, formats::Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
    formats::Result<void> append(const std::vector<std::string>& fields);
    formats::Result<void> read(std::string_view text);
    void note_endpoint(JournalEndpoint endpoint);

    std::string path_;
    formats::Descriptor file_;
    mutable std::mutex mutex_;
    std::vector<JournalEndpoint> endpoints_;
    std::vector<UndoEntry> owed_;
    unsigned last_number_ = 0;
};

}  // namespace collector
