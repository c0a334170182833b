// A condition for a run to pass: a figure, a comparison and a bound, as in `p99(purchase)<50ms`.

import Audit

/// One condition on a run's figures.
struct Threshold: Hashable, Sendable, CustomStringConvertible {
    enum Figure: Hashable, Sendable {
        /// Of the response time at an endpoint; nil for all. The quantile is from 0 to 1.
        case latency(quantile: Double, endpoint: Endpoint?)
        /// Requests of an outcome; a share of all from 0 to 1 if the bound is in percent.
        case outcome(Outcome)
        /// Decisions of the service, and starts, a second.
        case goodput, rate
        /// Starts that were dropped.
        case dropped
        case falseSoldOut
        /// 1 if the audit found no breach, else 0.
        case audit
    }

    enum Comparison: String, CaseIterable, Sendable {
        // Longer operators come first, because shorter ones are their beginnings.
        case atMost = "<="
        case atLeast = ">="
        case equal = "=="
        case below = "<"
        case above = ">"

        func holds(_ value: Double, _ bound: Double) -> Bool {
            switch self {
            case .atMost: value <= bound
            case .atLeast: value >= bound
            case .equal: value == bound
            case .below: value < bound
            case .above: value > bound
            }
        }
    }

    struct Invalid: Error, Equatable, CustomStringConvertible {
        let text: String

        var description: String {
            """
            `\(text)` is no threshold: it is a figure, one of < <= == >= >, and a bound, such as p99(purchase)<50ms, \
            goodput>=1000, shed<=1%, dropped==0, false_soldout==0 or audit==pass.
            """
        }
    }

    let figure: Figure
    let comparison: Comparison
    /// Seconds for latencies, a share if it was given in percent, else a count.
    let bound: Double
    let isShare: Bool
    private let text: String

    static let auditPasses = Threshold(.audit, .equal, 1, "audit==pass")
    static let noErrors = Threshold(.outcome(.error), .equal, 0, "error==0")
    static let noUnknown = Threshold(.outcome(.unknown), .equal, 0, "unknown==0")
    static let noFalseSoldOut = Threshold(.falseSoldOut, .equal, 0, "false_soldout==0")
    static let fast = Threshold(.latency(quantile: 0.99, endpoint: nil), .below, 0.05, "p99<50ms")
    static let fewShed = Threshold(.outcome(.shed), .atMost, 0.01, isShare: true, "shed<=1%")

    private init(_ figure: Figure, _ comparison: Comparison, _ bound: Double, isShare: Bool = false, _ text: String) {
        self.figure = figure
        self.comparison = comparison
        self.bound = bound
        self.isShare = isShare
        self.text = text
    }

    init(parsing text: String) throws(Invalid) {
        let compact = String(text.filter { $0 != " " })
        guard
            let (comparison, range) = Comparison.allCases.lazy.compactMap({ comparison in
                compact.firstRange(of: comparison.rawValue).map { (comparison, $0) }
            }).first,
            let figure = Self.figure(compact[..<range.lowerBound])
        else { throw Invalid(text: text) }
        let words = compact[range.upperBound...]
        let isShare = words.hasSuffix("%")
        guard let bound = Self.bound(words, of: figure), bound >= 0, !isShare || figure.canBeShare else {
            throw Invalid(text: text)
        }
        self.init(figure, comparison, bound, isShare: isShare, compact)
    }

    var description: String { text }

    func isMet(by value: Double) -> Bool { comparison.holds(value, bound) }

    private static func figure(_ text: Substring) -> Figure? {
        switch text {
        case "goodput": return .goodput
        case "rate": return .rate
        case "dropped": return .dropped
        case "false_soldout": return .falseSoldOut
        case "audit": return .audit
        default: break
        }
        if let outcome = Outcome(name: text) { return .outcome(outcome) }
        guard let match = text.wholeMatch(of: #/p(\d{1,6})(?:\((\w+)\))?/#) else { return nil }
        guard let quantile = quantile(match.1) else { return nil }
        guard let name = match.2 else { return .latency(quantile: quantile, endpoint: nil) }
        return Endpoint.allCases.first { $0.name == name }.map { .latency(quantile: quantile, endpoint: $0) }
    }

    /// p50 is the quantile 0.5, p5 is 0.05, p999 is 0.999, and p100 is the longest. Nil for what people may take for
    /// another one, such as p250.
    private static func quantile(_ digits: Substring) -> Double? {
        switch digits.count {
        case 1: Double("0.0\(digits)")
        case 2: Double("0.\(digits)")
        default: digits == "100" ? 1 : digits.hasPrefix("9") ? Double("0.\(digits)") : nil
        }
    }

    private static func bound(_ text: Substring, of figure: Figure) -> Double? {
        switch figure {
        case .audit: return text == "pass" ? 1 : nil
        case .latency:
            let units: [(String, Double)] = [("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1)]
            guard let (suffix, scale) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
            return Double(text.dropLast(suffix.count)).map { $0 * scale }
        default:
            return text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        }
    }
}

extension Threshold.Figure {
    var canBeShare: Bool {
        if case .outcome = self { true } else { false }
    }
}
