#pragma once
// What one run needs to take secrets out of text: the catalogue of forms (catalogue.toml), the
// user's own words and patterns, the key of the run, and the secrets learned so far (contract,
// section 10).
//
// A secret is replaced by [REDACTED:CLASS:TOKEN]; TOKEN is 12 hex digits of HMAC-SHA256 of the
// decoded value under a key that lives in this object only and is wiped with it. Equal secrets have
// equal tokens inside one run, whichever endpoint, file or rule they come from.
//
// What a byte goes through:
//
//   LineCutter     bytes -> logical lines (scan/line_cutter.hpp)
//   LineScanner    one line in each way it can be read (scan/clean_line.hpp), with the state of the blocks:
//                    TriggerFilter    is it for any rule? nine of ten are not, and go on as they are
//                    FormMatcher      rows of the catalogue, by the words before the secret
//                    ShapeMatcher     what shows by its own shape or by the punctuation round it
//                    BlockState       what the lines before it tell
//                    UserPatterns     the user's own
//                    LearnedSecrets   what is secret wherever it stands (literals/)
//   Rewriter       a placeholder for each secret; or LeakList, which notes only where one is
//   SecondReading  what came out, read again until nothing is found
//   AddressMask    when the user wants it
//
// Threads: every member function may be called from any thread; a Redactor belongs to one thread at
// a time.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/redacted_text.hpp"
#include "formats/redaction/secret/secret_class.hpp"
#include "formats/redaction/secret/settings.hpp"
#include "formats/result.hpp"

namespace formats {

/// A hit of the verification: never the value.
struct Leak {
    std::string rule;  ///< a rule's name, or "learned" / "word"
    std::string file;
    std::size_t line;  ///< from 1
};

using RuleCounts = std::map<std::string, std::uint64_t>;  ///< rule name -> secrets replaced

class Redaction;

/// One stream of text through the rules. Correct whatever the chunk boundaries; holds back only
/// what a row can still need; memory is constant.
class Redactor {
 public:
    Redactor(Redactor&&) noexcept;
    Redactor& operator=(Redactor&&) noexcept;
    ~Redactor();

    /// May return less than was fed, or nothing: the rest comes with a later call. An error of kind
    /// internal when a rule fails: the text is lost with the stream, and so is all that comes later.
    Result<RedactedText> feed(std::string_view bytes);
    /// The rest. The stream is over; feed() starts a new one.
    Result<RedactedText> finish();
    /// What this stream replaced, by rule. "NAME/undelimited": taken to the end of the line,
    /// because the line names a secret and its end could not be told.
    const RuleCounts& counts() const;
    /// From now on called for each replacement: its rule and the line it is on, from 1.
    void on_replaced(std::function<void(std::string_view rule, std::size_t line)> report);
    /// From now on called for each line that looks like one with a secret to a rule and was left, with the reason; the
    /// rule is "-" when the line names a secret and none matches.
    void on_left(std::function<void(std::string_view rule, std::string_view why, std::size_t line)> tell);

 private:
    friend class Redaction;
    struct State;
    explicit Redactor(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Streaming verification of finished text with the rules and the learned literals.
class LeakScanner {
 public:
    LeakScanner(LeakScanner&&) noexcept;
    LeakScanner& operator=(LeakScanner&&) noexcept;
    ~LeakScanner();
    void feed(std::string_view bytes);
    /// All hits; the scan is over.
    std::vector<Leak> finish();

 private:
    friend class Redaction;
    struct State;
    explicit LeakScanner(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

class Redaction : public std::enable_shared_from_this<Redaction> {
 public:
    /// A pattern RE2 refuses, an empty word or a short key is an error of kind usage with its
    /// place.
    static Result<std::shared_ptr<Redaction>> make(const RedactionSettings& settings);
    ~Redaction();
    Redaction(const Redaction&) = delete;
    Redaction& operator=(const Redaction&) = delete;

    /// A new stream of text from outside, on its way into the bundle. It keeps this object alive.
    Redactor stream();
    /// A new stream of text that has been through one: searched for what was learned since. It masks no
    /// addresses; those that are masked already would be masked once more.
    Redactor second_pass();
    /// One text from outside, whole, on its way into the bundle: a log line, a reason.
    RedactedText for_bundle(std::string_view text);
    /// One text, whole, for a person at this machine, or composed of what is in the bundle: addresses stay.
    RedactedText redact(std::string_view text);
    /// A credential that was used. From now on it is searched for everywhere. `name` says which it is, for unsearched().
    void learn(std::string_view secret, SecretClass secret_class, std::string_view name = {});
    /// Text that the program writes itself, names and service request of the incident included. A secret that stands in
    /// it is replaced only where a rule puts it. Before any secret is learned.
    void reserve(std::string_view text);
    /// The passwords and keys, up to 64, that are too short or too common to be searched for, each in words that hold no
    /// value: "the enable password of hq", "a psk, shown as [REDACTED:psk:TOKEN]".
    std::vector<std::string> unsearched() const;
    /// The first failure of a rule. A text that redact() or for_bundle() could not clean came back withheld: the
    /// run goes on to turn its debugs off, and must not write a bundle.
    std::optional<Error> failure() const;
    /// Verification of finished text; `name` is the file in the hits. An address that was masked elsewhere and
    /// stands here in clear is a hit of the rule "address".
    LeakScanner scanner(const std::string& name) const;
    /// Text the program composed itself (manifest, report): becomes RedactedText when the scan
    /// finds nothing in it, an error of kind internal that names rule and line otherwise.
    Result<RedactedText> vouch(std::string text, std::string_view subject) const;
    /// Sum over all streams, by rule.
    RuleCounts counts() const;
    std::size_t learned() const;  ///< how many literals are searched for
    /// Writes which address stands for which to a new file, mode 0600; an existing one is not overwritten.
    Result<void> write_address_map(const std::filesystem::path& path) const;
    /// Calls `take` for every literal learned after the first `known`: for a process that sweeps the spool when
    /// this one has died. They are secrets.
    void each_learned(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const;

 private:
    friend class Redactor;
    friend class LeakScanner;
    struct State;
    explicit Redaction(std::unique_ptr<State> state);
    RedactedText whole(Redactor stream, std::string_view text);
    std::unique_ptr<State> state_;
};

}  // namespace formats
