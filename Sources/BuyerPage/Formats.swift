// Numbers, money and times as people of a language write them. Times are in UTC: a script writes them in the zone of
// its reader.

package import Textbook

extension Language {
    private var groupSeparator: UInt8 { self == .english ? UInt8(ascii: ",") : UInt8(ascii: ".") }
    private var decimalSeparator: String { self == .english ? "." : "," }

    /// A whole number with its thousands apart.
    package func number(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value.magnitude).utf8)
        var text: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(groupSeparator) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Money, with the decimals of its currency.
    package func price(_ minorUnits: Int64, _ currency: String) -> String {
        let (whole, fraction) = Currency.parts(of: minorUnits, in: currency)
        let digits = fraction.isEmpty ? number(whole) : "\(number(whole))\(decimalSeparator)\(fraction)"
        let sign = minorUnits < 0 ? "-" : ""
        let symbol = currency == "EUR" ? "€" : currency
        return self == .english && symbol == "€" ? "\(sign)€\(digits)" : "\(sign)\(digits)\u{A0}\(symbol)"
    }

    /// Two lengths of time in words; the unit of both stands once.
    func range(seconds low: Int, _ high: Int) -> (low: String, high: String) {
        let (low, high) = (length(seconds: low), length(seconds: high))
        let isAlike = low.drop { $0 != " " } == high.drop { $0 != " " }
        return (isAlike ? String(low.prefix { $0 != " " }) : low, high)
    }

    /// A length of time in words, in the largest unit that says it well.
    package func length(seconds: Int) -> String {
        let unit: (Int, String, String)
        switch (seconds, self) {
        case (..<120, .english): unit = (seconds, "second", "seconds")
        case (..<120, .german): unit = (seconds, "Sekunde", "Sekunden")
        case (..<7_200, .english): unit = ((seconds + 30) / 60, "minute", "minutes")
        case (..<7_200, .german): unit = ((seconds + 30) / 60, "Minute", "Minuten")
        case (_, .english): unit = ((seconds + 1_800) / 3_600, "hour", "hours")
        case (_, .german): unit = ((seconds + 1_800) / 3_600, "Stunde", "Stunden")
        }
        return "\(number(unit.0)) \(unit.0 == 1 ? unit.1 : unit.2)"
    }
}

extension UTCTime {
    /// `2026-11-28 18:00 UTC`.
    package var minute: String { "\(part(0..<10)) \(part(11..<16)) UTC" }
    /// `2026-11-28 18:00:05 UTC`.
    package var moment: String { "\(part(0..<10)) \(part(11..<19)) UTC" }
    /// `18:00:05 UTC`.
    package var second: String { "\(part(11..<19)) UTC" }
    /// Some bytes of the time as RFC 3339 writes it: `2026-11-28T18:00:05Z`.
    private func part(_ bytes: Range<Int>) -> Substring {
        Substring(rfc3339(fractionDigits: 0).utf8.prefix(bytes.upperBound).dropFirst(bytes.lowerBound))
    }
    package var milliseconds: Int64 { microseconds / 1_000 }

    /// The time until then as a clock counts it down: `04:09`, `1:04:09`, `2 d 01:04:09`.
    package func countdown(from now: UTCTime) -> String {
        let left = max(0, (milliseconds - now.milliseconds + 999) / 1_000)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let minutes = "\(two(left / 60 % 60)):\(two(left % 60))"
        return switch left / 3_600 {
        case 0: minutes
        case 1..<24: "\(left / 3_600):\(minutes)"
        default: "\(left / 86_400) d \(two(left / 3_600 % 24)):\(minutes)"
        }
    }
}
