#include "collector/run/unsearched.hpp"

#include "collector/run/run_findings.hpp"

namespace collector {

namespace {

std::string sentence_of(const std::string& secret) {
    return secret + " is too short or too common to be searched for: where no rule finds it, it stays in the bundle";
}

}  // namespace

void Unsearched::warn(Progress& progress) {
    const auto secrets = redaction_.unsearched();
    for (; said_ < secrets.size(); ++said_) progress.warn("", sentence_of(secrets[said_]));
}

void Unsearched::add_to(std::vector<formats::FindingRecord>& findings) const {
    for (const std::string& secret : redaction_.unsearched())
        findings.push_back(run_finding("secret-not-searched", "warning", sentence_of(secret)));
}

}  // namespace collector
