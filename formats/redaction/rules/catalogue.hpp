#pragma once
// The catalogue of forms: which words come before a secret and how much of the line it is. Data
// (catalogue.toml), read once; a row can be checked against the facts without reading code.
//
//   [[form]]
//   id       = "PX04"                    the form in the facts
//   name     = "isakmp-key"              in counts and in the verification
//   platform = "pix ios"
//   line     = "isa*kmp key TYPE <until address|hostname>"
//   class    = "psk"                     "none": the row has no secret and keeps later rows off such lines
//   at       = "start"                   only as the first word of a command; absent: after any word
//   at       = "submode"                 the same, lower case, and indented or typed at a prompt; at the margin only
//                                        with a single value: a bare `key X`. "indented": not at the margin
//   numbers  = "name-keys"               a lone number is the number of a key, but not inside a server's block
//   tail     = ["encrypted", "level NUM"]   what may end the line and stays (with <rest>)
//   value    = "hex"                     what a secret looks like, other words are not one: "hex", "long-hex" (16 digits
//                                        or more), "colon-hex", "key-like" (ordinary_text.hpp)
//   value    = "no-status"               any, but no status and no prose: so it is in a sub-mode and behind a label too
//   learn    = false                     what is found is replaced here and not searched for elsewhere
//   not      = ["chain", "NUM"]          the words after the head that make it another line
//   trigger  = "spi "                    what a line must have to be looked at; absent: the longest word of the row
//   example  = ["isakmp key «CANARY» address 192.0.2.1"]
//   keep     = ["isakmp keepalive 20"]   looks alike and must survive
//
// line, words separated by blanks:
//   word        that word, in any case; "isa*kmp" is any beginning from "isa" to "isakmp". Where a person typed,
//               every keyword may be as short as a device takes it
//   a|b         one of them
//   WORD        any word; a quoted string is one; NUM digits; ADDR something with a colon or a dot; IF "(inside)"
//   TYPE        a type digit or "hex", taken only when another word follows
//   [...]       these words or nothing;  WORD? is short for [WORD]
//   SECRET-NAME a word with pass, pwd, secret, key or token in it
//   ...         up to 24 words
//   <word>      the secret: one word
//   <user>      the secret: what a word has behind its first colon, "user:SECRET"
//   <argument>  the same behind "=", "cmd-arg=SECRET"
//   <flag-p>    the same behind "-p" at its start, "-pSECRET"; behind "-u" what follows the user's colon
//   <hex>       the secret: this and all following groups of hex digits
//   <quoted>    the secret: a string in double quotes, whatever `value` says
//   <rest>      the secret: to the end of the command, without the tail
//   <until a|b> the secret: up to the last `a` that has a word after it, without one the last `b`; without any, the rest
//               of the line, counted as undelimited. "a@" counts only before an address.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/redaction/secret/secret_class.hpp"
#include "formats/result.hpp"

namespace formats {

struct FormWord {
    std::string text;      ///< lower case
    std::size_t shortest;  ///< least length of an abbreviation
    bool before_address = false;
};

enum class FormPart : std::uint8_t {
    literal,
    any,
    number,
    address,
    interface,
    type,
    secret_name,
    skip,
    group,
    secret_word,
    secret_hex,
    secret_rest,
    secret_until,
    secret_quoted,
    secret_behind,
};

struct FormElement {
    FormPart part;
    std::vector<FormWord> words{};  ///< literal: the alternatives; secret_until: the delimiters
    std::size_t length = 0;         ///< group: how many elements follow that belong to it
};

enum class ValueShape : std::uint8_t { any, hex, long_hex, colon_hex, key_like };

struct Form {
    std::string id, name, platform;
    SecretClass secret_class;
    std::vector<FormElement> elements;  ///< the first one is literal: the head
    bool at_start = false, submode = false, indented = false, numbers_name_keys = false;
    bool never_status = false;  ///< what reads as a status or as prose is no secret here
    bool learn = true;          ///< whether what is found is searched for elsewhere
    ValueShape value = ValueShape::any;
    std::vector<std::vector<FormElement>> tail;
    std::vector<std::string> triggers;
    std::vector<FormElement> excluded;  ///< single elements tried on the word after the head
    std::vector<std::string> examples, keeps;
};

/// A secret told by its own shape or by punctuation round it, not by words; matched in code,
/// described here with its examples so that the same tests cover it.
struct ShapeForm {
    std::string id, name;
    SecretClass secret_class;
    std::vector<std::string> examples, keeps;  ///< several lines: separated by "\n"
};

struct Catalogue {
    std::vector<Form> forms;
    std::vector<ShapeForm> shapes;
    std::vector<std::string> common_words;  ///< never searched for as literals
    std::vector<std::string> line_starts;   ///< sorted; a line that starts so is not the rest of a wrapped one

    /// Reads TOML; an error names row and reason.
    static Result<Catalogue> parse(std::string_view toml);
    /// As it was prepared when the program was built (catalogue_image.hpp): without examples and keeps.
    static Result<Catalogue> built_in();
    static Result<Catalogue> built_in_with_examples();
};

}  // namespace formats
