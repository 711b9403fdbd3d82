// The dialogue with a device that says anything: it ends, a secret is sent at most once and is in no answer, and what
// is sent is lines of the plan, and keys.
//
// Input: a byte of options, a byte for the size of a read, then what the device says; 0x1d: it pauses. Reading never
// waits, and the session ends where the input does.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/plan.hpp"
#include "collector/session/shell.hpp"
#include "formats/transcript/echo.hpp"

namespace {

using collector::Patience;
using formats::Error;
using formats::ErrorKind;

constexpr std::string_view password = "CANARY-of-the-fuzzer";

struct Written {
    std::vector<std::string> pieces;
};

class FuzzedTransport : public collector::Transport {
 public:
    FuzzedTransport(std::string_view input, std::size_t read_size, std::shared_ptr<Written> written)
        : input_(input), read_size_(read_size), written_(std::move(written)) {}

    formats::Result<std::size_t> read_some(std::span<char> into, const Patience&) override {
        if (input_.empty()) return Error{ErrorKind::disconnected, "hq", "the input has ended", {}};
        if (input_.front() == '\x1d') {
            input_.remove_prefix(1);
            return Error{ErrorKind::timeout, "hq", "nothing came", {}};
        }
        const std::size_t size = std::min({input_.find('\x1d'), input_.size(), read_size_, into.size()});
        std::copy_n(input_.begin(), size, into.begin());
        input_.remove_prefix(size);
        return size;
    }
    formats::Result<void> write(std::string_view bytes, const Patience&) override {
        written_->pieces.emplace_back(bytes);
        return {};
    }
    void close() noexcept override { input_ = {}; }

 private:
    std::string_view input_;
    std::size_t read_size_;
    std::shared_ptr<Written> written_;
};

const collector::Plan& plan() {
    static const auto profiles = *formats::load_profiles("");
    static const auto made = [] {
        formats::Incident incident;
        formats::EndpointSpec endpoint;
        endpoint.name = "hq";
        endpoint.platform = "auto";
        incident.endpoints.push_back(endpoint);
        return *collector::Plan::make(incident, profiles);
    }();
    return made;
}

void require(bool holds) {
    if (!holds) std::abort();
}

void talk(collector::Shell& shell, bool identified) {
    const auto& candidates = plan().candidates(0);
    const auto spoken = [&] {
        return std::find_if(candidates.begin(), candidates.end(),
                            [&](const auto& candidate) { return &candidate.profile() == &shell.dialect(); });
    };
    const Patience patience = Patience::within(std::chrono::seconds{2});
    const auto run = [&](std::string_view id) {
        const auto line = spoken()->line(id);
        if (!line) return true;
        std::string lines;
        const collector::TextSink sink = [&](std::string_view more) { return (lines += more).size() < 4096; };
        const auto answer = shell.run(*line, sink, {patience.remaining(), patience.remaining(), 1024, true}, patience);
        require(!answer || answer->text.size() <= 1024 + 1);  // and the newline of the line that filled it
        require(!answer || answer->text.find(password) == std::string::npos);
        return answer || !collector::ends_session(answer.error());
    };
    if (!shell.reach_prompt(patience) || !run("version")) return;
    if (identified) shell.speak(spoken()->profile());
    const collector::Secret secret{std::string(password)};
    if (const auto enable = spoken()->line("enable"); enable && !shell.is_enabled())
        if (auto enabled = shell.enable(
                *enable, {nullptr, [&] { return formats::Result<const collector::Secret*>(&secret); }}, patience);
            !enabled)
            require(enabled.error().message().find(password) == std::string::npos);
    for (const char* id : {"before/show-crypto-isakmp-sa", "before/write-terminal"})
        if (!run(id)) return;
    for (int i = 0; i < 3; ++i) (void)shell.listen([](std::string_view) { return true; }, patience);
    if (const auto leave = spoken()->line("leave")) (void)shell.leave(*leave, patience);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2) return 0;
    const bool alone = (bytes[0] & 1U) != 0, identified = (bytes[0] & 2U) != 0;
    const auto& candidates = plan().candidates(0);
    std::vector<const formats::Profile*> dialects;
    for (const auto& candidate : candidates) dialects.push_back(&candidate.profile());
    if (alone) dialects = {dialects[(bytes[0] >> 2U) % dialects.size()]};
    const std::string_view said(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    if (said.find(password) != std::string_view::npos) return 0;

    const auto written = std::make_shared<Written>();
    {
        collector::Shell shell(std::make_unique<FuzzedTransport>(said, 1U + bytes[1], written), "hq", dialects);
        talk(shell, identified);
    }
    std::vector<std::string> lines;
    for (const auto& candidate : candidates)
        for (const char* id : {"version", "enable", "before/show-crypto-isakmp-sa", "before/write-terminal", "leave"})
            if (const auto line = candidate.line(id)) lines.push_back(line->text() + "\r");
    int secrets = 0;
    for (const std::string& piece : written->pieces) {
        if (piece == std::string(password) + "\r")
            ++secrets;
        else
            require(piece == "\r" || piece == " " || piece == "q" || piece == "\x03" ||
                    std::find(lines.begin(), lines.end(), piece) != lines.end());
    }
    require(secrets <= 1);

    const std::string_view seen = said.substr(0, said.find('\n')), line = said.substr(seen.size());
    if (!line.empty()) {
        require(formats::is_echo(line, line, bytes[1]));
        require(!formats::is_echo(seen, line, bytes[1]) || seen.find(line) != std::string_view::npos ||
                seen.find('$') != std::string_view::npos);
    }
    return 0;
}
