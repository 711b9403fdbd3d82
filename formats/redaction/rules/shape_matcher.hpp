#pragma once
// Secrets told by their own shape or by the punctuation round them, on one clean line:
//
//   url               scheme://user:SECRET@host, user:SECRET@host as a whole word
//   hash              $1$salt$hash and the like, anywhere
//   element           <password>SECRET</password> and other elements that hold one (markup.hpp)
//   assignment        NAME=SECRET, NAME = SECRET, "NAME": "SECRET", NAME: SECRET of YAML, when NAME says password,
//                     secret, psk, token, ... (assignments.hpp)
//   http-header       Authorization: Basic SECRET, X-Auth-Token: SECRET (http_headers.hpp)
//   tool-option       sshpass -p SECRET, curl -u user:SECRET, --password SECRET (tool_options.hpp)
//   cookie            Cookie: webvpn=SECRET and other cookies of a login
//   prompt            Password: SECRET at the start of a line
//   nhrp-data         type:Cleartext(1), data:SECRET
//   psk-file          IDENTITY<tab>SECRET, a line of racoon's psk.txt
//   ipsec-secrets     SELECTORS : PSK "SECRET", a line of ipsec.secrets
//   radius-attribute  Tunnel-Password [69] 20 00:"SECRET" of a debug
//   note              "psk of lyon is SECRET" in a description, a remark or a mail (notes.hpp)
//
// Every search is a single pass with bounded look-ahead.

#include <string_view>
#include <vector>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

class RuleBook;

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
    void cookies(std::string_view line, std::vector<SecretSpan>& spans) const;
    void prompt(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const;
    void nhrp_data(std::string_view line, std::vector<SecretSpan>& spans) const;
    void psk_file(const LineWords& words, std::vector<SecretSpan>& spans, std::vector<LeftText>* left) const;
    void ipsec_secrets(const LineWords& words, std::vector<SecretSpan>& spans) const;
    void radius_attributes(std::string_view line, std::vector<SecretSpan>& spans) const;

    RuleNumber url_, hash_, element_, assignment_, cookie_, prompt_, nhrp_, psk_file_, note_, ipsec_secrets_,
        radius_attribute_, tool_option_, http_header_;
};

/// What must be on a line for a shape to apply.
std::vector<Trigger> shape_triggers();

}  // namespace formats
