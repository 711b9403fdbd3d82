#include "formats/bundle/held_members.hpp"

#include <algorithm>
#include <utility>

namespace formats {

namespace {
/// Texts that are shorter are joined: a log of a thousand lines is not a thousand pieces.
constexpr std::size_t whole_part = std::size_t{32} << 10;
}  // namespace

void OpenMember::count(std::string_view text) {
    digest_.update(text);
    bytes_ += text.size();
    lines_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

Result<void> OpenMember::count_and_write(std::string_view text) {
    if (const int failed = write_all(fd_.get(), text); failed != 0) return system_error(path_, "writing", failed);
    count(text);
    return {};
}

Result<void> OpenMember::end() {
    if (sha256_.empty()) sha256_ = digest_.finish();
    return fd_.close(path_);
}

Result<std::size_t> OpenMember::append(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return Error{ErrorKind::internal, path_, "written to after it was closed", {}};
    if (failure_) return *failure_;
    if (!is_held_) {
        if (auto written = count_and_write(text); !written) return written.error();
        return std::size_t{0};
    }
    count(text);
    if (parts_.empty() || parts_.back().size() + text.size() > whole_part)
        parts_.emplace_back(text);
    else
        parts_.back() += text;
    return text.size();
}

Result<void> OpenMember::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    if (failure_) return *failure_;
    return end();
}

void OpenMember::write_out(Redactor stream) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(is_held_, false)) return;
    const std::vector<std::string> parts = std::exchange(parts_, {});
    bytes_ = lines_ = 0;
    digest_ = Sha256();
    sha256_.clear();
    const auto write = [&](const Result<RedactedText>& text) -> Result<void> {
        if (!text) return text.error();
        return count_and_write(text->str());
    };
    const auto write_all_parts = [&]() -> Result<void> {
        auto fd = make_();
        if (!fd) return fd.error();
        fd_ = std::move(*fd);
        is_there_ = true;
        for (const std::string& part : parts)
            if (auto written = write(stream.feed(part)); !written) return written;
        if (auto written = write(stream.finish()); !written || !is_closed_) return written;
        return end();
    };
    if (const auto written = write_all_parts(); !written) failure_ = written.error();
    make_ = {};
}

std::uint64_t OpenMember::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

std::uint64_t OpenMember::lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
}

std::string OpenMember::sha256() const {
    const std::lock_guard lock(mutex_);
    return sha256_;
}

std::size_t OpenMember::in_memory() const {
    const std::lock_guard lock(mutex_);
    return is_held_ ? bytes_ : 0;
}

std::optional<UnwrittenMember> OpenMember::failure() const {
    const std::lock_guard lock(mutex_);
    if (!failure_) return std::nullopt;
    return UnwrittenMember{path_, *failure_, is_there_};
}

void HeldMembers::hold(std::size_t limit, Redaction& redaction) {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
    redaction_ = &redaction;
}

std::shared_ptr<OpenMember> HeldMembers::open(const std::string& path, OpenMember::Make make) {
    const std::lock_guard lock(mutex_);
    if (redaction_ == nullptr) return nullptr;
    return members_.emplace_back(std::make_shared<OpenMember>(path, std::move(make)));
}

void HeldMembers::write_out(OpenMember& member) {
    used_ -= member.in_memory();
    member.write_out(redaction_->second_pass());
}

void HeldMembers::add(std::size_t bytes) {
    if (bytes == 0 || (used_ += bytes) <= limit_) return;
    const std::lock_guard lock(mutex_);
    const auto is_shorter = [](const auto& one, const auto& other) { return one->in_memory() < other->in_memory(); };
    while (used_ > limit_ && !members_.empty()) {
        OpenMember& longest = **std::max_element(members_.begin(), members_.end(), is_shorter);
        if (longest.in_memory() == 0) return;
        write_out(longest);
    }
}

std::vector<UnwrittenMember> HeldMembers::release() {
    const std::lock_guard lock(mutex_);
    std::vector<UnwrittenMember> unwritten;
    for (const auto& member : members_) {
        write_out(*member);
        if (auto failure = member->failure()) unwritten.push_back(std::move(*failure));
    }
    members_.clear();
    redaction_ = nullptr;
    return unwritten;
}

}  // namespace formats
