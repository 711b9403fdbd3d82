#include "formats/transcript/commands.hpp"

#include <cassert>
#include <utility>
#include <vector>

#include "embedded/transcript_commands.hpp"
#include "formats/cisco/device_text.hpp"
#include "formats/embedded_file.hpp"
#include "formats/text/toml_reader.hpp"

namespace formats {

namespace {

struct Row {
    std::vector<std::string> words;
    Tells tells;
    std::string file;
    bool reads_a_file;  ///< cat, tail: the file's name tells
};

const std::vector<Row>& rows() {
    static const std::vector<Row> table = [] {
        std::vector<Row> read;
        for (const EmbeddedFile& file : embedded::transcript_commands()) {
            auto parsed = TomlReader::parse(file.bytes, std::string(file.name));
            assert(parsed);
            TomlTable root = (*parsed)->root();
            for (TomlTable row : root.tables("command")) {
                Row one;
                const std::string line = row.required_text("line").text;
                for (const std::string_view word : words_of(line)) one.words.emplace_back(word);
                const std::string tells = row.required_text("tells").text;
                one.reads_a_file = tells == "file";
                one.tells = tells_of(tells).value_or(Tells::nothing);
                one.file = row.required_text("file").text;
                read.push_back(std::move(one));
            }
            const auto finished = (*parsed)->finish();
            assert(finished);
            (void)finished;
        }
        return read;
    }();
    return table;
}

bool is_typed_whole(std::string_view word) {
    return word == "swanctl" || word == "ipsec" || word == "cat" || word == "ip" || word == "ls" || word == "date" ||
           word == "nft" || word == "less" || word == "tail" || word == "head" || word == "grep" || word == "zgrep" ||
           word == "ping" || word == "end" || word == "exit" || word == "quit";
}

bool matches(const Row& row, const std::vector<std::string_view>& typed) {
    if (typed.size() < row.words.size()) return false;
    for (std::size_t i = 0; i < row.words.size(); ++i) {
        const std::string& word = row.words[i];
        const bool is_short = typed[i].size() < (i == 0 ? 2 : word.size() < 3 ? word.size() : 2);
        if (typed[i] == word) continue;
        if (is_short || word.starts_with('-') || (i == 0 && is_typed_whole(word)) || !word.starts_with(typed[i]))
            return false;
    }
    return true;
}

/// What a file tells by its name, as far as it is one of those that are read here.
Tells tells_of_file(std::string_view line) {
    const auto holds = [&](std::string_view part) { return line.find(part) != std::string_view::npos; };
    if (holds(".secrets")) return Tells::ipsec_secrets;
    if (holds("ipsec.conf") || holds("ipsec.d/")) return Tells::ipsec_conf;
    if (holds("swanctl") || holds("conf.d/"))
        return holds("/private") || holds("/x509") ? Tells::nothing : Tells::swanctl_conf;
    if (holds(".log") || holds("/log/") || holds("syslog") || holds("messages")) return Tells::log;
    return Tells::nothing;
}

}  // namespace

std::optional<KnownCommand> known_command(std::string_view typed) {
    const std::string_view command = typed.substr(0, typed.find('|'));
    auto words = words_of(command);
    while (!words.empty() && (words[0] == "sudo" || words[0] == "do")) words.erase(words.begin());
    if (words.empty()) return std::nullopt;
    for (const Row& row : rows())
        if (matches(row, words)) return KnownCommand{row.reads_a_file ? tells_of_file(command) : row.tells, row.file};
    return std::nullopt;
}

Tells tells_of_text(std::string_view beginning) {
    constexpr unsigned most_lines = 400;
    unsigned read = 0;
    DeviceLines lines(beginning);
    std::string_view line;
    while (lines.next(line) && ++read < most_lines) {
        const std::string_view content = trimmed(line);
        if (content.starts_with("connections {") || content.starts_with("connections{") ||
            content.starts_with("secrets {"))
            return Tells::swanctl_conf;
        if (line.starts_with("conn ")) return Tells::ipsec_conf;
        if (content.find(": PSK \"") != std::string_view::npos) return Tells::ipsec_secrets;
        if (line.starts_with("crypto map ") || line.starts_with("crypto isakmp ") ||
            line.starts_with("crypto ikev1 ") || line.starts_with("crypto ipsec ") || line.starts_with("isakmp ") ||
            line.starts_with("tunnel-group ") || line.starts_with("PIX Version ") || line.starts_with("ASA Version "))
            return Tells::configuration;
        if (content.starts_with("local  ident (") || content.starts_with("local ident (")) return Tells::phase2;
        if (content.starts_with("IKE Peer:") || content.find("   IKE Peer: ") != std::string_view::npos)
            return Tells::phase1;
        if (line.starts_with("-A POSTROUTING") || line.starts_with("*nat")) return Tells::nat_table;
    }
    return Tells::nothing;
}

}  // namespace formats
