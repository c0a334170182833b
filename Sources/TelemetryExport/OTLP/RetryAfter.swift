// The `Retry-After` field: RFC 9110, section 10.2.3.

internal import Glibc

enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The seconds to wait: the field's number, or the time until its date (`Sun, 06 Nov 1994 08:49:37 GMT`), 0 if it
    /// has passed. Nil if the field is neither.
    ///
    /// - Parameter date: seconds since 1970.
    static func seconds(_ field: String, date: Int64) -> Int64? {
        if !field.isEmpty, field.utf8.count <= 9, field.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(field)
        }
        return seconds(ofDate: field).map { max(0, $0 - date) }
    }

    private static func seconds(ofDate field: String) -> Int64? {
        let words = field.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = Int32(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int32(words[3]), year >= 1970
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3, (1...31).contains(day), (0...23).contains(clock[0]), (0...59).contains(clock[1]),
            (0...60).contains(clock[2])
        else { return nil }
        var civil = tm()
        civil.tm_year = year - 1_900
        civil.tm_mon = Int32(month)
        civil.tm_mday = day
        civil.tm_hour = clock[0]
        civil.tm_min = clock[1]
        civil.tm_sec = clock[2]
        return Int64(timegm(&civil))
    }
}
