#include "collector/state/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "collector/state/state_folder.hpp"

namespace collector {

using formats::Descriptor;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

namespace {

constexpr std::string_view magic = "tacbundle-journal\t1\t";
/// A journal of a run holds some dozens of short lines; more is no journal.
constexpr std::size_t longest_journal = std::size_t{4} << 20;

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

std::string record_of(const std::vector<std::string>& fields) {
    std::string record;
    for (const std::string& field : fields) {
        if (!record.empty()) record += '\t';
        for (const char c : field) record += is_printable(c) ? c : '?';
    }
    return record + "\n";
}

std::vector<std::string> fields_of(std::string_view record) {
    std::vector<std::string> fields;
    for (;;) {
        const auto tab = record.find('\t');
        fields.emplace_back(record.substr(0, tab));
        if (tab == std::string_view::npos) return fields;
        record.remove_prefix(tab + 1);
    }
}

bool read_number(std::string_view text, unsigned& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number > 0;
}

Result<std::string> read_all(int fd, const std::string& path) {
    std::string text;
    char buffer[4096];
    for (off_t at = 0; text.size() < longest_journal;) {
        const ssize_t n = ::pread(fd, buffer, sizeof buffer, at);
        if (n == 0) return text;
        if (n < 0 && errno != EINTR) return formats::system_error(path, "reading", errno);
        if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
        at = static_cast<off_t>(text.size());
    }
    return Error{ErrorKind::usage, path, "too long for a journal", {}};
}

}  // namespace

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      endpoints_(std::move(other.endpoints_)),
      owed_(std::move(other.owed_)),
      last_number_(other.last_number_) {}

Result<Journal> Journal::create(const std::string& folder, const std::string& run) {
    if (auto made = make_state_folder(folder); !made) return made.error();
    const std::string path = folder + "/journal-" + run;
    Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return formats::system_error(path, "making the journal", errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return formats::system_error(path, "locking the journal", errno);
    Journal journal(path, std::move(file));
    if (auto begun = journal.append({"tacbundle-journal", "1", run}); !begun) {
        ::unlink(path.c_str());
        return begun.error();
    }
    // The name has to survive a crash as well as what stands in the file.
    const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent || ::fsync(parent.get()) != 0) return formats::system_error(folder, "syncing", errno);
    return journal;
}

Result<Journal> Journal::take_over(const std::string& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        Error error = formats::system_error(path, "opening the journal", errno);
        error.kind = ErrorKind::usage;
        return error;
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return Error{ErrorKind::usage, path, "not a file", {}};
    if (auto ours = check_owned(file.get(), path); !ours) return ours.error();
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{ErrorKind::rejected, path, "its run still lives: a process has it locked",
                     "wait for that run, or interrupt it"};
    const auto text = read_all(file.get(), path);
    if (!text) return text.error();
    Journal journal(path, std::move(file));
    if (auto understood = journal.read(*text); !understood) return understood.error();
    return journal;
}

Result<void> Journal::append(const std::vector<std::string>& fields) {
    const std::string record = record_of(fields);
    struct stat before {
    }, named{};
    if (::fstat(file_.get(), &before) != 0) return formats::system_error(path_, "writing the journal", errno);
    // What no later run finds is no journal.
    if (::stat(path_.c_str(), &named) != 0 || named.st_ino != before.st_ino || named.st_dev != before.st_dev)
        return Error{ErrorKind::io,
                     path_,
                     "the journal is not there any more: it was removed, or another file has its name",
                     {}};
    if (const int failed = formats::write_all(file_.get(), record); failed != 0) {
        // Half a record would spoil the next one.
        [[maybe_unused]] const int cut = ::ftruncate(file_.get(), before.st_size);
        return formats::system_error(path_, "writing the journal", failed);
    }
    if (::fdatasync(file_.get()) != 0) return formats::system_error(path_, "syncing the journal", errno);
    return {};
}

void Journal::note_endpoint(JournalEndpoint endpoint) {
    const auto known =
        std::find_if(endpoints_.begin(), endpoints_.end(), [&](const auto& e) { return e.name == endpoint.name; });
    if (known == endpoints_.end())
        endpoints_.push_back(std::move(endpoint));
    else
        *known = std::move(endpoint);
}

Result<void> Journal::name_endpoint(const JournalEndpoint& endpoint) {
    const std::scoped_lock lock(mutex_);
    auto written =
        append({"endpoint", endpoint.name, endpoint.target, endpoint.profile, endpoint.legacy ? "yes" : "no",
                endpoint.session, endpoint.user, endpoint.password_from, endpoint.enable_from, endpoint.context,
                endpoint.allow_config_mode ? "yes" : "no", endpoint.client, endpoint.lock});
    if (written) note_endpoint(endpoint);
    return written;
}

Result<unsigned> Journal::owe(UndoEntry entry) {
    const std::scoped_lock lock(mutex_);
    entry.number = last_number_ + 1;
    auto written = append({"owed", std::to_string(entry.number), entry.endpoint,
                           entry.scope == UndoEntry::Scope::session ? "session" : "device", entry.undo_id,
                           entry.peer_address, entry.baseline, entry.line, entry.undo});
    if (!written) return written.error();
    last_number_ = entry.number;
    owed_.push_back(std::move(entry));
    return last_number_;
}

void Journal::prove(unsigned number, std::string_view how) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(owed_, [&](const UndoEntry& entry) { return entry.number == number; });
    [[maybe_unused]] const auto written = append({"proven", std::to_string(number), std::string(how)});
}

Result<void> Journal::say(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    return append({"said", std::string(text)});
}

std::vector<JournalEndpoint> Journal::endpoints() const {
    const std::scoped_lock lock(mutex_);
    return endpoints_;
}

std::vector<UndoEntry> Journal::owed() const {
    const std::scoped_lock lock(mutex_);
    return owed_;
}

Result<void> Journal::close() {
    const std::scoped_lock lock(mutex_);
    if (owed_.empty() && ::unlink(path_.c_str()) != 0 && errno != ENOENT)
        return formats::system_error(path_, "removing the journal", errno);
    return file_.close(path_);
}

Result<void> Journal::read(std::string_view text) {
    const auto refuse = [&](std::size_t line, std::string detail) -> Result<void> {
        return Error{ErrorKind::usage, path_ + ":" + std::to_string(line), std::move(detail), {}};
    };
    if (!text.starts_with(magic)) return refuse(1, "this is not a journal of tacbundle");
    std::size_t line = 1;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n'), ++line) {
        const std::string_view record = text.substr(0, end);
        const auto fields = fields_of(record);
        text.remove_prefix(end + 1);
        if (!std::all_of(record.begin(), record.end(), [](char c) { return c == '\t' || is_printable(c); }))
            return refuse(line, "not a record of a journal");
        if (line == 1 || fields[0] == "said") continue;
        unsigned number = 0;
        if (fields[0] == "endpoint" && fields.size() >= 9 && fields.size() <= 13) {
            note_endpoint({fields[1], fields[2], fields[3], fields[4] == "yes", fields[5], fields[6], fields[7],
                           fields[8], fields.size() > 9 ? fields[9] : std::string(),
                           fields.size() > 10 && fields[10] == "yes", fields.size() > 11 ? fields[11] : std::string(),
                           fields.size() > 12 ? fields[12] : std::string()});
        } else if (fields[0] == "owed" && fields.size() == 9 && read_number(fields[1], number)) {
            const auto scope = fields[3] == "session" ? UndoEntry::Scope::session : UndoEntry::Scope::device;
            owed_.push_back({number, fields[2], scope, fields[4], fields[5], fields[6], fields[7], fields[8]});
            last_number_ = std::max(last_number_, number);
        } else if (fields[0] == "proven" && fields.size() == 3 && read_number(fields[1], number)) {
            std::erase_if(owed_, [&](const UndoEntry& entry) { return entry.number == number; });
        } else {
            return refuse(line, "not a record of a journal");
        }
    }
    return {};
}

}  // namespace collector
