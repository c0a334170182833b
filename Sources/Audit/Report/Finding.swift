// The result of one check, for reports and programs.

/// A condition, and how often it does not hold.
public struct Finding: Sendable, Codable, Hashable {
    /// The most counterexamples that are kept.
    public static let counterexamplesMax = 10

    /// The check's name, such as `units_are_taken_once`.
    public let check: String
    /// The number of the invariant that it is part of, such as `I1`, `L1` or `Q1`; docs/AUDIT.md lists all.
    public let invariant: String
    /// The condition that must hold.
    public let sentence: String
    /// The number of breaches.
    public let breaches: Int
    /// Some of the breaches; a broken promise goes on with a line for each of its requests.
    public let counterexamples: [String]

    init(_ check: String, _ invariant: String, _ sentence: String, breaches: [String]) {
        self.init(check, invariant, sentence, count: breaches.count, breaches)
    }

    init(_ check: String, _ invariant: String, _ sentence: String, count: Int, _ counterexamples: [String]) {
        self.check = check
        self.invariant = invariant
        self.sentence = sentence
        breaches = count
        self.counterexamples = Array(counterexamples.prefix(Self.counterexamplesMax))
    }

    /// For a terminal.
    var verdict: String {
        switch breaches {
        case 0: "ok"
        case 1: "1 BREACH"
        default: "\(breaches) BREACHES"
        }
    }
}
