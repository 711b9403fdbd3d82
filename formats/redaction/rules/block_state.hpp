#pragma once
// Secrets that are told by the lines before them. A small state for each kind of block; all are closed by what ends
// them, by a prompt, or after a bounded number of lines, and each takes only what shows by its shape or by a closing tag
// to be its own.
//
//   key body      base64 after -----BEGIN [..] PRIVATE KEY-----, PKCS12 or "pkcs12 follows"
//   key table     `show crypto isakmp key`: the column under "Preshared Key"
//   RADIUS dump   rows of hex under "Raw packet data", and under "Value" of a password attribute
//   IKE dump      rows of hex after "AFTER DECRYPTION" / "BEFORE ENCRYPTION"
//   charon dump   rows of "NAME => N bytes @ 0x..", when NAME is one of a key or a secret, by thread; in a journal
//                 there is none
//   pluto rows    rows of hex after "Skeyid_e:" and the like
//   element       the text of <password> and the like up to the closing tag, when the line ends in it

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/redaction/rules/line_words.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/rules/trigger_filter.hpp"
#include "formats/redaction/secret/span.hpp"

namespace formats {

class BlockState {
 public:
    explicit BlockState(const RuleBook& rules);
    bool operator==(const BlockState&) const = default;

    /// Whether the next line must be shown to `line` even when no trigger is on it.
    bool is_open() const { return lines_left_ > 0; }
    /// Whether the lines before opened a server's block, in which a bare number after `key` is a
    /// secret.
    bool in_key_block() const { return key_block_; }

    /// Physical lines in order, at least those that a block_trigger() is on and, while one is open,
    /// all. `kinds`: what the TriggerFilter found on it. Appends its secrets.
    void line(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans);

 private:
    enum class Kind : std::uint8_t {
        none,
        key_body,
        loose_body,
        key_table,
        radius_dump,
        radius_value,
        ike_dump,
        pluto_rows,
        element_tag,
        element_text,
        element_cdata,
        hsrp_group,
        racoon_rows
    };

    void open(Kind kind, std::size_t lines);
    void close();
    bool starts_block(const LineWords& words, unsigned kinds, std::vector<SecretSpan>& spans);
    void key_body(const LineWords& words, std::vector<SecretSpan>& spans);
    void key_table(const LineWords& words, std::vector<SecretSpan>& spans);
    bool opens_element(const LineWords& words);
    void element(const LineWords& words, std::vector<SecretSpan>& spans);
    void dump_row(const LineWords& words, std::vector<SecretSpan>& spans);
    bool opens_hsrp_group(const LineWords& words);
    void hsrp_group(const LineWords& words, std::vector<SecretSpan>& spans);
    void racoon_row(const LineWords& words, std::vector<SecretSpan>& spans);
    bool charon_dump(const LineWords& words, std::vector<SecretSpan>& spans);
    void watch_key_block(const LineWords& words);

    Kind kind_ = Kind::none;
    std::size_t lines_left_ = 0;  ///< until the block is given up
    std::size_t lines_in_block_ = 0;
    std::size_t foreign_lines_ = 0;  ///< since the last one that was the block's
    std::size_t column_ = 0;         ///< of the keys in a table
    bool rows_seen_ = false;
    bool radius_secret_ = false;  ///< the attribute that is being printed is a password
    bool key_block_ = false;
    std::array<std::uint16_t, 100> charon_rows_{};  ///< by thread: secret rows to come
    RuleNumber body_rule_, table_rule_, radius_rule_, ike_rule_, charon_rule_, pluto_rule_, element_rule_, hsrp_rule_,
        racoon_rule_;
};

/// What must be on a line for a block to start.
std::vector<Trigger> block_triggers();

}  // namespace formats
