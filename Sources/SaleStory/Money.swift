// Money in words: minor units with the decimals of their currency.

internal import Reports
internal import Textbook

enum Money {
    /// `1,234.50 EUR`.
    static func words(_ minorUnits: Int64, _ currency: String) -> String {
        let (whole, fraction) = Currency.parts(of: minorUnits, in: currency)
        let sign = minorUnits < 0 ? "-" : ""
        return "\(sign)\(Words.count(Int(whole)))\(fraction.isEmpty ? "" : ".")\(fraction) \(currency)"
    }

    /// Without a fraction from ten thousand on, and in millions from ten million on: `1,022,216 EUR`, `80.1 M EUR`.
    static func brief(_ minorUnits: Int64, _ currency: String) -> String {
        let major = major(minorUnits, currency)
        return switch abs(major) {
        case ..<10_000: words(minorUnits, currency)
        case ..<10_000_000: "\(Words.count(Int(major.rounded()))) \(currency)"
        default: "\(Words.fixed(major / 1e6, 1)) M \(currency)"
        }
    }

    /// In the currency's major unit, for charts.
    static func major(_ minorUnits: Int64, _ currency: String) -> Double {
        (0..<Currency.decimals(of: currency)).reduce(Double(minorUnits)) { value, _ in value / 10 }
    }
}
