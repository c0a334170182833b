// The Date field of an answer. Written once a second by each event loop, not once a request.

internal import Glibc
internal import Textbook

/// The date of the current second, written anew when the second is over.
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
