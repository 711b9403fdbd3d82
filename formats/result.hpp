#pragma once
// The one way a function fails. A failed command is a finding, not an accident: failure is a value that
// ends up in the manifest, so an Error is made of parts that can be shown, and code branches on its kind,
// never on its text. Spelled like std::expected (C++23), which can replace Result later.

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace formats {

enum class ErrorKind : std::uint8_t {
    usage,         ///< the user's input: command line, incident file, profile; nothing was contacted
    plan,          ///< a line that is not in the plan, or a slot that does not validate
    unreachable,   ///< no connection to the endpoint
    host_key,      ///< host key unknown, changed, of another type or revoked
    login,         ///< the endpoint refused a credential, or none was to be had
    prompt,        ///< the dialogue lost its place: no prompt, an unknown prompt, not a known platform
    timeout,       ///< the endpoint was silent, or busy, for longer than its limit
    rejected,      ///< the endpoint refused a line
    disconnected,  ///< the session ended while it was needed
    interrupted,   ///< the operator asked to stop
    io,            ///< files and folders
    invalid,       ///< data that does not hold what its format promises (a bundle, a manifest)
    internal,      ///< a defect of this program
};

std::string_view name_of(ErrorKind kind);

struct Error {
    ErrorKind kind = ErrorKind::internal;
    std::string subject;  ///< who or what: an endpoint's name, a path, "incident.toml:12:7"
    std::string detail;   ///< what was being done and what came back
    std::string remedy;   ///< what to do about it; may be empty

    /// "subject: detail" and, when there is one, the remedy on a line of its own.
    std::string message() const;
};

/// Turns `errno` into an Error of kind io: "subject: doing: No space left on device".
Error system_error(std::string subject, std::string_view doing, int errno_value);

template <class T>
class [[nodiscard]] Result {
 public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    explicit operator bool() const { return state_.index() == 0; }
    bool has_value() const { return state_.index() == 0; }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    T& value() & {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    Error& error() & {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    const Error& error() const& {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }

 private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
    Result() = default;
    Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    explicit operator bool() const { return error_.index() == 0; }
    bool has_value() const { return error_.index() == 0; }
    const Error& error() const {
        assert(!has_value());
        return *std::get_if<1>(&error_);
    }

 private:
    std::variant<std::monostate, Error> error_;
};

}  // namespace formats
