// The decimals of currencies (ISO 4217): they make an amount in minor units one that people read.

/// How many decimals an amount of a currency has.
public enum Currency {
    /// Those that have other decimals than two.
    private static let decimals: [String: Int] = {
        let codes = [
            0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
            3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW",
        ]
        return codes.reduce(into: [:]) { table, entry in
            for code in entry.value.split(separator: " ") { table[String(code)] = entry.key }
        }
    }()

    /// The parts of an amount in the minor unit of a currency: the digits before and behind its decimal separator,
    /// without its sign. There is nothing behind it where the currency has no decimals.
    public static func parts(of minorUnits: Int64, in code: String) -> (whole: UInt64, fraction: Substring) {
        let decimals = decimals(of: code)
        let scale = (0..<decimals).reduce(UInt64(1)) { value, _ in value * 10 }
        let (whole, rest) = minorUnits.magnitude.quotientAndRemainder(dividingBy: scale)
        return (whole, String(scale + rest).dropFirst())
    }

    /// How many decimals the amounts of a currency have; two for a code that is not known.
    public static func decimals(of code: String) -> Int { decimals[code] ?? 2 }
}
