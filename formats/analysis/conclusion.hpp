#pragma once
// What follows from a bundle: the evidence in it and what it proves, written into the manifest. A live run, `pack`,
// `recover`, `merge` and `report` of an old bundle all conclude here, so that the same texts give the same words.

#include "formats/analysis/evidence.hpp"
#include "formats/analysis/findings.hpp"
#include "formats/bundle/manifest.hpp"
#include "formats/bundle/opened_bundle.hpp"
#include "formats/bundle/spool.hpp"
#include "formats/result.hpp"

namespace formats {

/// What the run alone knew is of this origin; all other findings are told from the text, and anew each time. Bundles of
/// the first schema name no origin: theirs are the run's.
inline constexpr std::string_view origin_run = "run", origin_text = "text";

struct Conclusion {
    Evidence evidence;
    Analysis analysis;
};

/// Reads the members that the captures of `manifest` name, and puts findings and verdict into it: those of the text in
/// the order of their weight, behind them those of the run, word for word. Errors are those of the spool.
Result<Conclusion> conclude(Manifest& manifest, const Spool& spool);

/// A finished bundle, opened and concluded from once more: what `report`, `diff` and `merge` read.
struct ConcludedBundle {
    OpenedBundle opened;
    Manifest manifest;  ///< as it stands in the bundle, with findings and verdict as its text tells them now
    Conclusion conclusion;

    /// Errors of kind invalid: it is no bundle; io: it cannot be read, or there is no room to unpack it.
    static Result<ConcludedBundle> open(const std::string& path);
    const Spool& spool() const { return opened.spool(); }
};

}  // namespace formats
