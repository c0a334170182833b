// The date of HTTP's fields (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. Obsolete forms are not read.

extension UTCTime {
    /// Reads an IMF-fixdate. The name of the weekday is passed over.
    public init?(httpDate text: some StringProtocol) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = Int(words[1]),
            let month = Self.months.firstIndex(of: String(words[2])), let year = Int(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3 else { return nil }
        self.init(
            CivilDate(year: year, month: month + 1, day: day), hour: clock[0], minute: clock[1], second: clock[2])
    }

    public var httpDate: String {
        let date = CivilDate(dayNumber: dayNumber)
        // 1970-01-01 was a Thursday.
        let weekday = Self.weekdays[((dayNumber % 7) + 7) % 7]
        var text = Array("\(weekday), ".utf8)
        text.append(decimal: date.day, width: 2)
        text += " \(Self.months[date.month - 1]) \(date.year) ".utf8
        appendTimeOfDay(to: &text)
        return String(decoding: text, as: UTF8.self) + " GMT"
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
