// The Date field of an answer. Each event loop writes it once a second, not once a request.

internal import Glibc
internal import Textbook

/// The date of the current second. The first call of each second writes it.
struct CachedDate {
    private var second = Int.min
    private var written = ""

    mutating func text() -> String {
        let now = time(nil)
        if now != second {
            second = now
            written = UTCTime(seconds: now).httpDate
        }
        return written
    }
}
