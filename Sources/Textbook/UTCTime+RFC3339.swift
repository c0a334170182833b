// The date-time of RFC 3339: `2026-11-21T08:00:00.000Z`. It is written in UTC and read strictly: no other form, no date
// that does not exist, no leap second.

extension UTCTime {
    /// Reads a time with any offset and with a fraction of at most nine digits.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.take(0x2D),
            let month = reader.number(digits: 2), reader.take(0x2D),
            let day = reader.number(digits: 2), reader.take(0x54) || reader.take(0x74),
            let hour = reader.number(digits: 2), reader.take(0x3A),
            let minute = reader.number(digits: 2), reader.take(0x3A),
            let second = reader.number(digits: 2),
            let nanoseconds = reader.fraction(),
            let offset = reader.offset(), reader.isAtEnd,
            let local = UTCTime(
                CivilDate(year: year, month: month, day: day), hour: hour, minute: minute, second: second)
        else { return nil }
        self.init(seconds: local.seconds - offset * 60, nanoseconds: nanoseconds)
    }

    /// The text with so many digits of the second's fraction, from none to nine. What is left out is cut off.
    public func rfc3339(fractionDigits: Int) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(21 + fractionDigits)
        append(fractionDigits: fractionDigits, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(fractionDigits: Int, to text: inout [UInt8]) {
        let date = CivilDate(dayNumber: dayNumber)
        let start = text.count
        let fractionStart = start + "0000-00-00T00:00:00.".utf8.count
        text.append("0000-00-00T00:00:00.000000000", prefix: 19 + (fractionDigits > 0 ? 1 + fractionDigits : 0))
        text.withUnsafeMutableBufferPointer { text in
            text.write(decimal: date.year, at: start, width: 4)
            text.write(decimal: date.month, at: start + 5, width: 2)
            text.write(decimal: date.day, at: start + 8, width: 2)
            writeTimeOfDay(to: text, at: start + 11)
            var fraction = nanoseconds
            for _ in fractionDigits..<9 { fraction /= 10 }
            text.write(decimal: fraction, at: fractionStart, width: fractionDigits)
        }
        text.append(0x5A)
    }

    /// Appends `08:00:00`.
    func appendTimeOfDay(to text: inout [UInt8]) {
        let start = text.count
        text.append("00:00:00", prefix: 8)
        text.withUnsafeMutableBufferPointer { writeTimeOfDay(to: $0, at: start) }
    }

    /// Writes the digits of `08:00:00`.
    private func writeTimeOfDay(to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        let second = secondOfDay
        text.write(decimal: second / 3_600, at: start, width: 2)
        text.write(decimal: second / 60 % 60, at: start + 3, width: 2)
        text.write(decimal: second % 60, at: start + 6, width: 2)
    }
}

extension [UInt8] {
    /// Appends the first bytes of a text, in one copy.
    fileprivate mutating func append(_ text: StaticString, prefix count: Int) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: count))
    }
}

private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Nanoseconds of an optional fraction; nil if one to nine digits do not follow the point.
    mutating func fraction() -> Int? {
        guard take(0x2E) else { return 0 }
        var nanoseconds = 0
        var count = 0
        while let digit = digit() {
            count += 1
            guard count <= 9 else { return nil }
            nanoseconds = nanoseconds * 10 + digit
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { nanoseconds *= 10 }
        return nanoseconds
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if take(0x5A) || take(0x7A) { return 0 }
        let sign = take(0x2B) ? 1 : take(0x2D) ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), take(0x3A), let minutes = number(digits: 2),
            hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
        position += 1
        return Int(bytes[position - 1] - 0x30)
    }
}
