#pragma once
// What main and guardian say to each other, over a socket pair of their own that keeps messages apart:
//
//   message = word { field }      word = one of Word, a byte
//   field   = length (32 bits, this machine's order) bytes
//   answer  = acknowledged, a byte, once the message is taken in
//
// A message may hold secrets: its memory is wiped when it goes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/credentials/secret.hpp"
#include "collector/session/ssh/ssh_way.hpp"

namespace collector {

enum class Word : char {
    endpoint = 'E',  ///< index, profile, session, user, password, enable: log in so, look for that session
    owed = 'O',      ///< index, number, scope, undo-id, peer, line, undo
    proven = 'P',    ///< number
    until = 'U',     ///< CLOCK_BOOTTIME in milliseconds at which all is to be off; 0: nothing is armed
    learned = 'L',   ///< class, value, class, value ...: further literals for the sweep
    are_you_there = 'A',
    dismissed = 'D',  ///< the run has ended; go
    take_over = 'T',  ///< the run cannot go on, and touches no device any more: undo what is owed
};
inline constexpr char acknowledged = 'k';
/// A password is at most 4 KiB, a literal less.
inline constexpr std::size_t longest_message = std::size_t{32} << 10;

class Message {
 public:
    explicit Message(Word word);
    /// Takes over what was received.
    explicit Message(std::string received) : bytes_(std::move(received)) {}

    Message& add(std::string_view field);
    Message& add(std::uint64_t number) { return add(std::to_string(number)); }

    Word word() const { return static_cast<Word>(bytes_.reveal().empty() ? '\0' : bytes_.reveal().front()); }
    /// The next field, read from the front; empty at the end.
    std::string_view next();
    bool has_more() const { return at_ < bytes().size(); }
    std::uint64_t next_number();
    std::string_view bytes() const { return bytes_.reveal(); }

 private:
    Secret bytes_;
    std::size_t at_ = 1;
};

/// The way of an SSH login, as the last fields of a message.
void add_way(Message& message, const SshWay& way);
SshWay next_way(Message& message);

/// Milliseconds since the machine started, sleep included.
std::uint64_t boot_time_ms();

}  // namespace collector
