#pragma once
// Reads one secret from where the user keeps it (contract, section 2):
//
//   env:VAR      the variable; unset afterwards, its bytes in the environment block wiped
//   file:PATH    a regular file of ours that group and others cannot reach; one newline at its end is dropped
//   fd:N         to the newline or the end; N is closed afterwards (0 becomes /dev/null)
//   command:CMD  what a program prints, run without a shell: input from /dev/null, at most 4 KiB, 60 s,
//                one newline at its end is dropped; its error output goes where ours goes
//
// A secret is 0 to 256 bytes without control characters (none: a device fresh from the box has a blank enable password): a password ends in CR when it is sent, and anything
// behind one would be a command; a longer one could not be searched for in what is written.

#include <chrono>
#include <string>

#include "collector/credentials/secret.hpp"
#include "collector/system/patience.hpp"
#include "formats/incident/incident.hpp"
#include "formats/result.hpp"

namespace collector {

/// The kind and where, without what could be secret itself: "env:HQ_PASSWORD", "command:pass ...".
std::string describe(const formats::SecretSource& source);

/// Not for `unset` and `prompt`. `patience` bounds fd: and command:. Errors: usage with remedy, interrupted;
/// the subject is describe(source). Never shows what it read.
///
/// Threads: env: changes the environment; call it while no other thread reads that.
formats::Result<Secret> read_secret(const formats::SecretSource& source, const Patience& patience);

/// What a secret may hold, for typed ones too. The error's subject is `subject`.
formats::Result<void> check_secret(const Secret& secret, const std::string& subject);

}  // namespace collector
