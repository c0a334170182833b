// A point in time and its civil date: the Gregorian calendar in UTC, without leap seconds. Callers read the clock.

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z.
public struct UTCTime: Hashable, Sendable {
    /// Whole seconds, rounded down.
    public let seconds: Int
    /// The rest, from 0 and below a billion.
    public let nanoseconds: Int

    public init(seconds: Int, nanoseconds: Int = 0) {
        precondition((0..<1_000_000_000).contains(nanoseconds), "a second has a billion nanoseconds")
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public init(microseconds: Int64) {
        let seconds = Int(microseconds).flooredQuotient(by: 1_000_000)
        self.init(seconds: seconds, nanoseconds: (Int(microseconds) - seconds * 1_000_000) * 1_000)
    }

    public var microseconds: Int64 { Int64(seconds) * 1_000_000 + Int64(nanoseconds / 1_000) }
}

extension UTCTime {
    /// Nil for a date or a time of day that does not exist.
    init?(_ date: CivilDate, hour: Int, minute: Int, second: Int, nanoseconds: Int = 0) {
        guard date.exists, (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else {
            return nil
        }
        self.init(
            seconds: date.dayNumber * 86_400 + hour * 3_600 + minute * 60 + second, nanoseconds: nanoseconds)
    }

    /// The days since 1970-01-01.
    var dayNumber: Int { seconds.flooredQuotient(by: 86_400) }

    var secondOfDay: Int { seconds - dayNumber * 86_400 }
}

/// A day of the Gregorian calendar, by Howard Hinnant's "chrono-compatible low-level date algorithms": years start in
/// March and come in eras of 400.
struct CivilDate {
    var year: Int
    var month: Int
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(dayNumber: Int) {
        let shifted = dayNumber + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The days since 1970-01-01.
    var dayNumber: Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted.flooredQuotient(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var exists: Bool { (1...12).contains(month) && (1...daysOfMonth).contains(day) }

    private var daysOfMonth: Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self + 1) / divisor - 1
    }
}
