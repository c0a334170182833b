// Money in words: minor units with the decimals of their currency.

internal import Reports

enum Money {
    /// The currencies of ISO 4217 that have other decimals than two, of those that shops use.
    private static let decimals = [
        "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
    ]

    /// `1,234.50 EUR`.
    static func words(_ minorUnits: Int64, _ currency: String) -> String {
        let decimals = decimals[currency] ?? 2
        guard decimals > 0 else { return "\(Words.count(Int(minorUnits))) \(currency)" }
        let scale = (0..<decimals).reduce(1) { value, _ in value * 10 }
        let fraction = String(minorUnits.magnitude % UInt64(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        let sign = minorUnits < 0 ? "-" : ""
        return "\(sign)\(Words.count(Int(minorUnits.magnitude / UInt64(scale)))).\(zeros)\(fraction) \(currency)"
    }

    /// Without a fraction from ten thousand on: `1,022,216 EUR`.
    static func brief(_ minorUnits: Int64, _ currency: String) -> String {
        let major = major(minorUnits, currency)
        return abs(major) < 10_000
            ? words(minorUnits, currency) : "\(Words.count(Int(major.rounded()))) \(currency)"
    }

    /// In the currency's major unit, for charts.
    static func major(_ minorUnits: Int64, _ currency: String) -> Double {
        let decimals = decimals[currency] ?? 2
        return (0..<decimals).reduce(Double(minorUnits)) { value, _ in value / 10 }
    }
}
