#pragma once
// Whether a sanitizer is built in: its memory is terabytes of shadow, it keeps what is freed, it takes memory of its own
// for each thread, and it ends the process where malloc() would give none. Such code is ten times slower.

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define TACBUNDLE_LEAKS_ARE_FOUND
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TACBUNDLE_SANITIZED
#endif
#endif

#ifdef TACBUNDLE_SANITIZED
inline constexpr bool is_sanitized = true;
#undef TACBUNDLE_SANITIZED
#else
inline constexpr bool is_sanitized = false;
#endif

/// For a call in which a library keeps memory for good: nothing that this thread allocates meanwhile counts as a leak.
class LeakOfLibrary {
 public:
#ifdef TACBUNDLE_LEAKS_ARE_FOUND
    LeakOfLibrary() { __lsan_disable(); }
    ~LeakOfLibrary() { __lsan_enable(); }
#else
    LeakOfLibrary() {}
    ~LeakOfLibrary() {}
#endif
    LeakOfLibrary(const LeakOfLibrary&) = delete;
    LeakOfLibrary& operator=(const LeakOfLibrary&) = delete;
};
#undef TACBUNDLE_LEAKS_ARE_FOUND
