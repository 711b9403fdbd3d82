#pragma once
// Secrets told by their own shape or by the punctuation round them, on one clean line:
//
//   url               scheme://user:SECRET@host, user:SECRET@host as a whole word
//   hash              $1$salt$hash and the like, anywhere
//   element           <password>SECRET</password> and other elements that hold one
//   assignment        NAME=SECRET, NAME = SECRET, "NAME": "SECRET", NAME: SECRET of YAML, when NAME says password,
//                     secret, psk, token, ...
//   cookie            Cookie: webvpn=SECRET and other cookies of a login
//   prompt            Password: SECRET at the start of a line
//   nhrp-data         type:Cleartext(1), data:SECRET
//   psk-file          ADDRESS<tab>SECRET, a line of racoon's psk.txt
//   ipsec-secrets     SELECTORS : PSK "SECRET", a line of ipsec.secrets
//   radius-attribute  Tunnel-Password [69] 20 00:"SECRET" of a debug
//   note              "psk of lyon is SECRET" in a description, a remark or a mail
//
// Every search is a single pass with bounded look-ahead.

#include <string_view>
#include <vector>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

class RuleBook;

/// What of a line is the text of an element.
struct ElementText {
    std::size_t begin, end;
    bool in_cdata;
    bool goes_on;  ///< in the next line
};

/// The text of an element that starts, or goes on, at `begin`.
ElementText element_text(std::string_view line, std::size_t begin, bool in_cdata);
/// Whether what stands there shows that it is the element's own.
bool is_own_text(std::string_view line, const ElementText& text);
/// Where the tag of such an element starts at or behind `from`, npos without one.
std::size_t secret_element(std::string_view line, std::size_t from);

class ShapeMatcher {
 public:
    explicit ShapeMatcher(const RuleBook& rules);

    /// Appends the secrets of the line; `kinds`: what the TriggerFilter found on it.
    /// `left`, when it is not null, gets what was refused.
    void find(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans,
              std::vector<LeftText>* left = nullptr) const;

 private:
    void urls(std::string_view line, std::vector<SecretSpan>& spans) const;
    void hashes(std::string_view line, std::vector<SecretSpan>& spans) const;
    void elements(std::string_view line, std::vector<SecretSpan>& spans) const;
    void assignments(std::string_view line, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const;
    void cookies(std::string_view line, std::vector<SecretSpan>& spans) const;
    void prompt(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const;
    void nhrp_data(std::string_view line, std::vector<SecretSpan>& spans) const;
    void psk_file(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const;
    void ipsec_secrets(const LineWords& words, std::vector<SecretSpan>& spans) const;
    void radius_attributes(std::string_view line, std::vector<SecretSpan>& spans) const;
    void notes(const LineWords& words, std::vector<SecretSpan>& spans) const;

    RuleNumber url_, hash_, element_, assignment_, cookie_, prompt_, nhrp_, psk_file_, note_, ipsec_secrets_,
        radius_attribute_;
};

/// What must be on a line for a shape to apply.
std::vector<Trigger> shape_triggers();

}  // namespace formats
