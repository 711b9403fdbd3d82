#pragma once
// What a server offers before the key exchange, read beside libssh: it does not tell, and its own words for
// "nothing in common" are lost when it still has something to send. Internal to the SSH transport.
//
//   stream := { line "\n" } "SSH-..." "\n" packet
//   packet := uint32 length, byte padding, byte 20, 16 bytes, name-list x 10      (RFC 4253, section 7.1)

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

/// Comma-separated lists, the favourite first.
struct AlgorithmOffer {
    std::string key_exchange, host_key, cipher, mac;
};

/// The offer at the start of what a server sent; nothing when it is not (wholly) there.
std::optional<AlgorithmOffer> parse_offer(std::string_view stream);

/// What a server says in place of a banner, or before it: "Exceeded MaxStartups". The last lines that say anything, the
/// newest last.
std::vector<std::string> words_before_banner(std::string_view stream);

/// "key exchange: it offers [...], this program [...]" for the first list without a common name; empty when
/// there is none.
std::string nothing_in_common(const AlgorithmOffer& theirs, const AlgorithmOffer& ours);

/// Looks at what has come on a socket before libssh takes it. Best effort: what comes between a look and
/// libssh's own read is missed, and then the offer is not known.
class OfferWatch {
 public:
    explicit OfferWatch(ssh_session session);
    ~OfferWatch();
    OfferWatch(const OfferWatch&) = delete;
    OfferWatch& operator=(const OfferWatch&) = delete;

    /// Before each call that may read.
    void look(int fd);
    std::optional<AlgorithmOffer> offer() const { return parse_offer(seen_); }
    std::vector<std::string> words_before_banner() const { return collector::words_before_banner(seen_); }

 private:
    ssh_session session_;
    ssh_counter_struct taken_{}, channel_{};
    std::string seen_;
};

}  // namespace collector
