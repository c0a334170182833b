// Numbers as text for people.

/// Texts of numbers: durations, moments, counts and shares.
public enum Words {
    /// From seconds: `1.23 s`, `4.56 ms`, `789 µs`.
    public static func duration(_ seconds: Double) -> String {
        switch seconds {
        case 1...: "\(fixed(seconds, 2)) s"
        case 0.001...: "\(fixed(seconds * 1e3, 2)) ms"
        default: "\(fixed(seconds * 1e6, 0)) µs"
        }
    }

    /// From seconds, without a fraction that is zero: `2 ms`, `1.02 s`.
    public static func rough(_ seconds: Double) -> String { duration(seconds).replacing(".00", with: "") }

    /// `90 s`, `15 min`, `2.5 h` or `3 d`, in the unit that fits a step of time.
    public static func moment(_ second: Double, step: Double) -> String {
        switch step {
        case _ where second == 0: "0"
        case 86_400...: "\(shortest(second / 86_400)) d"
        case 1_800...: "\(shortest(second / 3_600)) h"
        case 30...: "\(shortest(second / 60)) min"
        default: "\(shortest(second)) s"
        }
    }

    /// Of a share: `12.5 %` for 0.125.
    public static func percent(_ share: Double) -> String { "\(fixed(share * 100, 1)) %" }

    /// With separated thousands.
    public static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// In three characters or so, for the marks of an axis: `950`, `2.5 k`, `1 M`.
    static func compact(_ number: Double) -> String {
        let units = [(1e9, " G"), (1e6, " M"), (1e3, " k")]
        guard let (size, unit) = units.first(where: { abs(number) >= $0.0 }) else { return shortest(number) }
        return shortest(number / size) + unit
    }

    /// With two digits of a fraction at most.
    static func shortest(_ number: Double) -> String {
        let text = fixed(number, 2)
        return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
    }

    /// So many a second, as a whole number: `1,234/s`.
    public static func rate(_ number: Double) -> String { "\(count(Int(number.rounded())))/s" }

    /// Rounded to so many digits of a fraction, three at most.
    public static func fixed(_ number: Double, _ digits: Int) -> String {
        let scale = [1.0, 10, 100, 1_000][min(3, max(0, digits))]
        let scaled = Int((abs(number) * scale).rounded())
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % Int(scale))
        return "\(sign)\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Padded on the left.
    public static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// Padded on the right.
    public static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
