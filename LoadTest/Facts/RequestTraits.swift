// What a request was like, in a few words that a summary can count.

import Audit
import Reports

/// The traits of one request.
struct RequestTraits {
    var endpoint: Endpoint
    var outcome: Outcome
    /// Nil in raw mode.
    var buyer: BuyerKind?
    /// Whether it wanted a hot item; nil if it wanted none.
    var isHot: Bool?
    /// When it ended, as a share of the run.
    var moment: Double
    /// Its response time, in seconds.
    var response: Double

    /// The places of the columns that reports ask for.
    static let outcomeColumn = 1
    static let responseColumn = 5

    private static let moments = 10
    /// Response times are told apart by powers of two, from this one on, in seconds.
    private static let shortest = 0.001
    private static let durations = 15

    static let columns = [
        Records.Column("endpoint", Endpoint.allCases.map(\.name)),
        Records.Column("outcome", Outcome.allCases.map(\.name)),
        Records.Column("buyer", BuyerKind.allCases.map { $0.name.replacing("_", with: " ") } + ["none"]),
        Records.Column("item", ["hot", "any", "none"]),
        Records.Column("of the run", (0..<moments).map { "\($0 * 100 / moments)–\(($0 + 1) * 100 / moments) %" }),
        Records.Column("took", (0..<durations).map(range(of:))),
    ]

    /// The shortest response time of a code, in seconds.
    static func duration(from code: Int) -> Double {
        code == 0 ? 0 : shortest * Double(1 << (code - 1))
    }

    private static func range(of code: Int) -> String {
        let from = Words.rough(duration(from: code))
        if code == 0 { return "under \(Words.rough(shortest))" }
        return code < durations - 1 ? "\(from) to \(Words.rough(duration(from: code + 1)))" : "\(from) or more"
    }

    /// In the order of the columns.
    var codes: [UInt8] {
        let steps = response < Self.shortest ? 0 : Int((response / Self.shortest).exponent) + 1
        return [
            endpoint.rawValue, outcome.rawValue, buyer?.rawValue ?? UInt8(BuyerKind.allCases.count),
            isHot.map { $0 ? 0 : 1 } ?? 2, UInt8(min(max(moment, 0) * Double(Self.moments), Double(Self.moments - 1))),
            UInt8(min(steps, Self.durations - 1)),
        ]
    }
}
