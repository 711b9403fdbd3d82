#pragma once
// What is still to be undone at one endpoint, in the order it was done. Put down in the book before it is done, and
// struck off on proof only.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/plan.hpp"
#include "collector/state/journal.hpp"
#include "formats/result.hpp"

namespace collector {

class OwedUndos {
 public:
    /// `plan` and `book` must outlive it.
    OwedUndos(const EndpointPlan& plan, UndoBook& book) : plan_(plan), book_(&book) {}
    /// Of a run that is over: whoever gives them strikes them off.
    OwedUndos(const EndpointPlan& plan, std::vector<UndoEntry> entries)
        : plan_(plan), book_(nullptr), entries_(std::move(entries)) {}

    /// Before `line` is sent. Error rejected: do not send it.
    formats::Result<void> owe(const std::string& line, const std::string& undo_id, UndoEntry::Scope scope,
                              const std::string& peer_address = {}) {
        const auto undo = plan_.line(undo_id, peer_address.empty() ? Slots{} : Slots{{"peer-address", peer_address}});
        if (!undo) return undo.error();
        UndoEntry entry{0, plan_.endpoint(), scope, undo_id, peer_address, "off", line, undo->text()};
        const auto number = book_->owe(entry);
        if (!number)
            return formats::Error{formats::ErrorKind::rejected,
                                  plan_.endpoint(),
                                  "its undo could not be put down safely first (" + number.error().message() +
                                      "), so it is not turned on",
                                  {}};
        entry.number = *number;
        entries_.push_back(std::move(entry));
        return {};
    }

    /// Strikes off the entries whose ids begin so.
    void prove(std::string_view undo_ids, std::string_view how) {
        std::erase_if(entries_, [&](const UndoEntry& entry) {
            if (!entry.undo_id.starts_with(undo_ids)) return false;
            if (book_ != nullptr) book_->prove(entry.number, how);
            return true;
        });
    }

    const std::vector<UndoEntry>& entries() const { return entries_; }
    bool has(std::string_view undo_id) const {
        return std::any_of(entries_.begin(), entries_.end(),
                           [&](const UndoEntry& entry) { return entry.undo_id == undo_id; });
    }

 private:
    const EndpointPlan& plan_;
    UndoBook* book_;  ///< null: nobody is told
    std::vector<UndoEntry> entries_;
};

}  // namespace collector
