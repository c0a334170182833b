// The Date field of an answer. Written once a second by each event loop, not once a request.

internal import FlashSale
internal import Glibc

/// The time as RFC 9110 writes it (`Sat, 21 Nov 2026 08:00:00 GMT`).
func httpDate(secondsSince1970 seconds: Int64) -> String {
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = Timestamp(microseconds: seconds * 1_000_000).description
    let date = text.prefix(10).split(separator: "-")
    let weekday = weekdays[Int(((seconds / 86_400) % 7 + 7) % 7)]
    let month = months[(Int(date[1]) ?? 1) - 1]
    return "\(weekday), \(date[2]) \(month) \(date[0]) \(text.dropFirst(11).prefix(8)) GMT"
}

/// The date of the current second, written anew when the second is over.
struct CachedDate {
    private var second: Int64 = .min
    private var written = ""

    mutating func text() -> String {
        let now = Int64(time(nil))
        if now != second {
            second = now
            written = httpDate(secondsSince1970: now)
        }
        return written
    }
}
