// Numbers as text for people.

enum Words {
    /// From seconds: `1.23 s`, `4.56 ms`, `789 µs`.
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case 1...: "\(fixed(seconds, 2)) s"
        case 0.001...: "\(fixed(seconds * 1e3, 2)) ms"
        default: "\(fixed(seconds * 1e6, 0)) µs"
        }
    }

    static func percent(_ share: Double) -> String { "\(fixed(share * 100, 1)) %" }

    /// With separated thousands.
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    static func rate(_ number: Double) -> String { "\(count(Int(number.rounded())))/s" }

    static func fixed(_ number: Double, _ digits: Int) -> String {
        let scale = [1.0, 10, 100, 1_000][min(3, max(0, digits))]
        let scaled = Int((abs(number) * scale).rounded())
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % Int(scale))
        return "\(sign)\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Padded on the left.
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// Padded on the right.
    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
