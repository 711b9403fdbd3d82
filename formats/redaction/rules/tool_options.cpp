#include "formats/redaction/rules/tool_options.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/secret_name.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t npos = std::string_view::npos;

/// What of an option's value is the secret.
enum class Part : std::uint8_t { all, behind_colon, behind_comma, behind_percent, behind_pass };

struct ToolOption {
    std::string_view tools, options;  ///< separated by blanks
    Part part;
    bool apart, glued;  ///< `-p SECRET`, `-pSECRET`
    SecretClass secret_class;
};

constexpr std::array<ToolOption, 16> tool_options = {{
    {"curl", "-u -U --user --proxy-user", Part::behind_colon, true, true, SecretClass::password},
    {"http https httpie", "-a --auth", Part::behind_colon, true, false, SecretClass::password},
    {"sshpass", "-p", Part::all, true, true, SecretClass::password},
    {"plink pscp psftp putty kitty", "-pw", Part::all, true, false, SecretClass::password},
    {"snmpwalk snmpget snmpgetnext snmpbulkwalk snmpbulkget snmpset snmptrap snmptable snmptest onesixtyone", "-c",
     Part::all, true, true, SecretClass::community},
    {"snmpwalk snmpget snmpgetnext snmpbulkwalk snmpbulkget snmpset snmptrap snmptable snmptest", "-A -X", Part::all,
     true, true, SecretClass::key},
    {"mysql mysqldump mysqladmin mariadb", "-p", Part::all, false, true, SecretClass::password},
    {"ldapsearch ldapwhoami ldapadd ldapmodify ldapdelete ldapcompare ldappasswd", "-w", Part::all, true, true,
     SecretClass::password},
    {"openssl", "-passin -passout -pass", Part::behind_pass, true, false, SecretClass::password},
    {"openssl", "-k -K", Part::all, true, false, SecretClass::key},
    {"lftp", "-u --user", Part::behind_comma, true, false, SecretClass::password},
    {"smbclient rpcclient", "-U --user", Part::behind_percent, true, false, SecretClass::password},
    {"rdesktop psexec racadm ncftpput ncftpget clogin jlogin flogin", "-p", Part::all, true, false,
     SecretClass::password},
    {"clogin jlogin flogin", "-e -v", Part::all, true, false, SecretClass::password},
    {"xfreerdp", "/p:", Part::all, false, true, SecretClass::password},
    {"ipmitool", "-P", Part::all, true, false, SecretClass::password},
}};

bool holds(std::string_view list, std::string_view word) {
    for (std::size_t at = list.find(word); at != npos; at = list.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
    }
    return false;
}

/// Calls `take` with each word of a list.
template <class Take>
void each_of(std::string_view list, Take take) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        take(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

// "/usr/bin/curl", "plink.exe": the tool, in small letters.
std::string tool_name(std::string_view word) {
    if (const std::size_t slash = word.find_last_of("/\\"); slash != npos) word.remove_prefix(slash + 1);
    if (word.size() > 4 && equals_folded(word.substr(word.size() - 4), ".exe")) word.remove_suffix(4);
    std::string name;
    for (const char c : word) name.push_back(lower(c));
    return name;
}

bool is_quote(char c) { return c == '"' || c == '\''; }

// The options of one command, from its tool on.
class CommandLine {
 public:
    CommandLine(const LineWords& words, std::size_t tool, RuleNumber rule, std::vector<SecretSpan>& spans)
        : words_(words), first_(tool), end_(words.command_end(tool)), rule_(rule), spans_(spans) {}

    void find(const ToolOption& known) {
        for (std::size_t i = first_ + 1; i < words_.size() && words_[i].begin < end_; ++i) {
            const std::string_view word = words_.word(i);
            if (word == "|" || word == "&&" || word == ";") return;
            each_of(known.options, [&](std::string_view option) { take(known, option, word, i); });
        }
    }

    /// `--http-password SECRET`, whatever the tool.
    void find_named() {
        for (std::size_t i = first_; i < words_.size(); ++i) {
            std::string_view name = words_.head(i);
            if (name.size() < 5 || name.front() != '-' || name.find_first_of("=:") != npos) continue;
            while (!name.empty() && name.front() == '-') name.remove_prefix(1);
            constexpr std::array<std::string_view, 5> asks = {"no-", "ask-", "prompt-", "use-", "with"};
            if (!is_secret_name(name) || std::any_of(asks.begin(), asks.end(), [&](std::string_view start) {
                    return starts_with_folded(name, start);
                }))
                continue;
            if (i + 1 < words_.size()) add(words_[i + 1].begin, Part::all, SecretClass::password, true);
        }
    }

 private:
    void take(const ToolOption& known, std::string_view option, std::string_view word, std::size_t i) {
        // "-sku": short options of curl in one word, the last of them takes the value.
        const bool bundle = known.part == Part::behind_colon && option.size() == 2 && word.size() > 2 &&
                            word.size() < 8 && word[0] == '-' && word.back() == option[1] &&
                            all_of(word.substr(1), is_letter);
        if (word == option || bundle) {
            if (known.apart && i + 1 < words_.size()) add(words_[i + 1].begin, known.part, known.secret_class, false);
        } else if (option.size() > 2 && word.size() > option.size() && word.starts_with(option) &&
                   word[option.size()] == '=') {
            add(words_[i].begin + option.size() + 1, known.part, known.secret_class, false);
        } else if (known.glued && (option.size() == 2 || option.back() == ':') && word.size() > option.size() &&
                   word.starts_with(option)) {
            add(words_[i].begin + option.size(), known.part, known.secret_class, false);
        }
    }

    // The value that starts there: a word, or a string in quotes.
    void add(std::size_t begin, Part part, SecretClass secret_class, bool no_status) {
        const std::string_view line = words_.text();
        if (begin >= end_ || begin >= line.size()) return;
        const char quote = is_quote(line[begin]) ? line[begin] : '\0';
        if (quote != '\0') ++begin;
        std::size_t end = quote != '\0' ? line.find(quote, begin) : line.find_first_of(" \t\"'`", begin);
        end = std::min({end, end_, line.size()});
        std::string_view value = line.substr(begin, end - std::min(begin, end));
        if (part != Part::all) {
            const std::string_view before = part == Part::behind_colon   ? ":"
                                            : part == Part::behind_comma ? ","
                                            : part == Part::behind_pass  ? "pass:"
                                                                         : "%";
            const std::size_t sign = value.find(before);
            if (sign == npos) return;
            begin += sign + before.size();
            value.remove_prefix(sign + before.size());
        }
        if (value.empty() || (quote == '\0' && (value.front() == '-' || value.front() == '$')) || is_masked(value) ||
            (no_status && is_status(value)))
            return;
        spans_.push_back({begin, end, rule_, secret_class});
    }

    const LineWords& words_;
    const std::size_t first_, end_;
    const RuleNumber rule_;
    std::vector<SecretSpan>& spans_;
};

}  // namespace

void find_tool_options(const LineWords& words, RuleNumber rule, std::vector<SecretSpan>& spans) {
    constexpr std::size_t most_tools = 8;  // so that the time stays linear in the line
    std::size_t tools = 0;
    for (std::size_t i = 0; i < words.size() && tools < most_tools; ++i) {
        const std::string_view word = words.head(i);
        if (word.size() < 4 || !is_alnum(word.back()) || word.front() == '-') continue;
        const std::string name = tool_name(word);
        bool is_tool = false;
        for (const ToolOption& known : tool_options) {
            if (!holds(known.tools, name)) continue;
            is_tool = true;
            CommandLine(words, i, rule, spans).find(known);
        }
        tools += is_tool ? 1 : 0;
    }
    if (words.size() > 0) CommandLine(words, 0, rule, spans).find_named();
}

std::vector<Trigger> tool_triggers() {
    std::vector<Trigger> triggers;
    for (const ToolOption& known : tool_options)
        each_of(known.tools, [&](std::string_view tool) {
            if (tool == "http" || tool == "https")
                triggers.push_back({std::string(tool), for_tool_options, true, {}, {"-"}});
            else
                triggers.push_back({std::string(tool), for_tool_options, true});
        });
    for (const char* name : {"-password", "-passwd", "-passphrase", "-token", "-secret", "-psk", "-community", "-pass",
                             "-xauthpass", "-credential"})
        triggers.push_back({name, for_tool_options});
    return triggers;
}

}  // namespace formats
