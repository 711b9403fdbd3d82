#include "collector/credentials/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace collector {

namespace {

/// More than any small-string buffer: a move then hands over the allocation and copies no byte.
constexpr std::size_t always_allocated = 64;

void wipe_string(std::string& text) noexcept {
    text.resize(text.capacity());  // never allocates; earlier, longer values lie in the spare room
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace

Secret::Secret(std::string&& value) {
    if (value.capacity() >= always_allocated) {
        value_ = std::move(value);
    } else {
        value_.reserve(always_allocated);
        value_.append(value);
        wipe_string(value);
    }
}

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.value_.clear(); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_.swap(other.value_);
    }
    return *this;
}

Secret::~Secret() { wipe(); }

Secret Secret::copy() const {
    std::string text;
    text.reserve(value_.size() + always_allocated);
    text.append(value_);
    return Secret(std::move(text));
}

void Secret::wipe() noexcept { wipe_string(value_); }

}  // namespace collector
