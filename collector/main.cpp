// argv to exit code, nothing else.

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <variant>

#include "collector/commands/arguments.hpp"
#include "collector/commands/check.hpp"
#include "collector/commands/collect.hpp"
#include "collector/commands/plan.hpp"
#include "collector/commands/show.hpp"
#include "collector/commands/verify.hpp"
#include "collector/progress/progress.hpp"
#include "collector/system/open_files.hpp"

namespace {

using namespace collector;

/// Memory holds credentials: no core dump, no reading by other processes of the same user.
void keep_memory_private() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// A limit on file sizes is an error of the write that meets it, as a full disk is.
void outlive_file_limits() { std::signal(SIGXFSZ, SIG_IGN); }

struct Dispatch {
    bool json;

    int operator()(const RunArguments& run) const {
        switch (run.command) {
            case RunArguments::Command::collect: return collect_command(run.request);
            case RunArguments::Command::plan: return plan_command(run.request);
            case RunArguments::Command::check: return check_command(run.request);
        }
        return static_cast<int>(ExitCode::internal);
    }
    int operator()(const RedactRequest& request) const { return redact_command(request); }
    int operator()(const VerifyArguments& verify) const {
        const auto redaction = formats::Redaction::make({});
        if (!redaction) return Progress::refuse(json, redaction.error(), ExitCode::internal);
        return static_cast<int>(verify_command(verify.bundle, json, **redaction, std::cout, std::cerr));
    }
    int operator()(const ShowRequest& request) const {
        return static_cast<int>(show_command(request, std::cout, std::cerr));
    }
    int operator()(const CleanupRequest& request) const { return cleanup_command(request); }
    int operator()(const RecoverRequest& request) const { return recover_command(request); }
    int operator()(const PackRequest& request) const { return pack_command(request); }
    int operator()(const MergeRequest& request) const { return merge_command(request); }
    int operator()(const DiffRequest& request) const {
        return static_cast<int>(diff_command(request, std::cout, std::cerr));
    }
    int operator()(const ReportRequest& request) const {
        return static_cast<int>(report_command(request, std::cout, std::cerr));
    }
    int operator()(const PlatformsRequest& request) const { return show_platforms(request, std::cout, std::cerr); }
    int operator()(const TextAnswer& answer) const {
        std::cout << answer.text;
        return static_cast<int>(ExitCode::complete);
    }
};

/// A result that nobody got is no success: standard output may be a full disk, or closed.
int delivered(int code) {
    if (std::cout.flush()) return code;
    std::cerr << "tacbundle: standard output: it is full or closed: the result could not be written there\n";
    return code == static_cast<int>(ExitCode::complete) ? static_cast<int>(ExitCode::internal) : code;
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    keep_memory_private();
    outlive_file_limits();
    bool json = false;
    try {
        const auto arguments = parse_arguments(argc, argv, json);
        if (!arguments) return Progress::refuse(json, arguments.error());
        return delivered(std::visit(Dispatch{json}, *arguments));
    } catch (const std::exception& e) {
        return Progress::refuse(json, {formats::ErrorKind::internal, "", e.what(), ""}, ExitCode::internal);
    }
}
