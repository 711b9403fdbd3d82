#pragma once
// A secret in memory: it lies in one allocation, which is wiped when it goes. It is never printed.

#include <string>
#include <string_view>

namespace collector {

/// Movable, not copyable but by copy(), which says so.
class Secret {
 public:
    Secret() = default;
    /// Takes the string over; what a short string leaves behind in `value` itself is wiped. Not from a copy, whose
    /// original would stay.
    explicit Secret(std::string&& value);
    Secret(Secret&&) noexcept;
    Secret& operator=(Secret&&) noexcept;
    ~Secret();

    Secret copy() const;
    std::string_view reveal() const { return value_; }  ///< valid while the Secret lives and stays in place
    bool empty() const { return value_.empty(); }
    void wipe() noexcept;

 private:
    std::string value_;
};

}  // namespace collector
