// The `Retry-After` field: RFC 9110, section 10.2.3.

/// When a client may come again.
public enum RetryAfter {
    /// The seconds to wait: the field's number, or the time until its date (`Sun, 06 Nov 1994 08:49:37 GMT`), 0 if it
    /// has passed. Nil if the field is neither.
    ///
    /// - Parameter now: seconds since 1970.
    public static func seconds(_ field: String, now: Int64) -> Int64? {
        if !field.isEmpty, field.utf8.count <= 9, field.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(field)
        }
        return UTCTime(httpDate: field).map { max(0, Int64($0.seconds) - now) }
    }
}
