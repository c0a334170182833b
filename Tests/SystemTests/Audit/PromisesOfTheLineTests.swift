// The judge of a waiting room's promises, with journals made by hand: each breaks one of them.

import Testing

@testable import Audit

@Suite("The audit of a line")
struct PromisesOfTheLineTests {
    /// A sale of two units that starts ten seconds into the run. Buyers 1 and 2 come early, 3 and 4 late.
    private static let truth = [
        "S 1 1000000000 1 queue - -", "A 1 1010000000 200 won - - - -", "P 1 aaaa - 0 - - -",
        "S 2 1000000000 1 queue - -", "A 2 1010000000 200 won - - - -", "P 2 bbbb - 0 - - -",
        "S 3 2000000000 2 queue - -", "A 3 2010000000 200 won - - - -", "P 3 cccc - 0 - - -",
        "S 4 11000000000 1 queue - aaaa", "A 4 11010000000 200 won - - - -", "P 4 aaaa 2 0 1 4 9",
        "S 5 11000000000 1 queue - bbbb", "A 5 11010000000 200 won - - - -", "P 5 bbbb 2 0 1 - -",
        "S 6 11000000000 2 queue - cccc", "A 6 11010000000 200 won - - - -", "P 6 cccc 1 1 0 - -",
        "S 7 12000000000 2 checkout 1 cccc", "A 7 12010000000 200 won - CHK-7-a - 90000",
        "S 8 12100000000 2 purchase CHK-7-a -", "A 8 12110000000 200 won - - 1 -",
        "S 9 12500000000 3 queue - -", "A 9 12510000000 200 won - - - -", "P 9 dddd 3 0 1 - -",
        "S 10 14000000000 4 queue - -", "A 10 14010000000 200 won - - - -", "P 10 eeee 4 0 2 - -",
        "S 11 14000000000 5 line - -", "A 11 14010000000 200 won - - - -", "L 11 14010000000 open 1",
        "S 12 14200000000 4 checkout 1 ffff", "A 12 14210000000 429 refused waiting_room - - -", "P 12 - - 0 - - -",
        "S 13 15000000000 5 line - -", "A 13 15010000000 200 won - - - -", "L 13 15010000000 open 2",
        "S 14 15100000000 1 checkout 2 aaaa", "A 14 15110000000 200 won - CHK-7-b - 90000",
        "S 15 15200000000 1 purchase CHK-7-b -", "A 15 15210000000 200 won - - 2 -",
        "S 16 17000000000 5 line - -", "A 16 17010000000 200 won - - - -", "L 16 17010000000 sold_out 2",
    ]

    private static func history(_ more: [String] = []) throws -> History {
        let head = "\(History.mark) run=r wall=0 sale=7 items=2 stock=1 limit=2 starts=10000 target=http://x:1"
        let lines = [head] + truth + more + ["E 20000000000", ""]
        return try History(parsing: Array(lines.joined(separator: "\n").utf8))
    }

    private func broken(_ history: History) -> [Finding] {
        PromiseAudit(history, Evidence(), hasStrangers: false).findings.filter { $0.breaches > 0 }
    }

    @Test("A line that keeps its word is no breach, and its waits are known")
    func honest() throws {
        let history = try Self.history()
        #expect(broken(history).isEmpty, "\(broken(history))")
        let waits = LineBook(history).waits
        #expect(waits.count == 1)
        #expect(waits.first.map { abs($0.at - 11.01) < 1e-9 && abs($0.truth - 4) < 1e-9 } == true)
    }

    /// What a journal has besides the truth, and the check that it breaks.
    struct Lie: Sendable, CustomTestStringConvertible {
        let check: String
        let says: String
        let lines: [String]

        init(_ check: String, says: String, _ lines: String...) {
            self.check = check
            self.says = says
            self.lines = lines
        }

        var testDescription: String { "\(check): \(says)" }
    }

    private static let lies = [
        Lie(
            "places_stay", says: "the number of a ticket of load-r-3 changed", "S 90 16000000000 3 queue - dddd",
            "A 90 16010000000 200 won - - - -", "P 90 dddd 4 0 1 - -"),
        Lie(
            "places_stay", says: "load-r-3 had 1 ahead and then 2", "S 90 16000000000 3 queue - dddd",
            "A 90 16010000000 200 won - - - -", "P 90 dddd 3 0 2 - -"),
        Lie(
            "places_stay", says: "buyer load-r-6 joined before the start and has two numbers",
            "S 90 1000000000 6 queue - -", "A 90 1010000000 200 won - - - -", "P 90 gggg - 0 - - -",
            "S 91 1000000000 6 queue - -", "A 91 1010000000 200 won - - - -", "P 91 hhhh - 0 - - -",
            "S 92 11000000000 6 queue - gggg", "A 92 11010000000 200 won - - - -", "P 92 gggg 1 1 0 - -",
            "S 93 11000000000 6 queue - hhhh", "A 93 11010000000 200 won - - - -", "P 93 hhhh 2 0 1 - -"),
        Lie(
            "late_buyers_keep_their_order", says: "number 3 was given a second and more after number 4",
            "S 90 15100000000 6 queue - -", "A 90 15110000000 200 won - - - -", "P 90 gggg 3 0 1 - -"),
        Lie(
            "nobody_jumps_the_line", says: "a ticket that is not its buyer's was taken",
            "S 90 16000000000 3 queue - aaaa", "A 90 16010000000 200 won - - - -", "P 90 aaaa 2 1 0 - -"),
        Lie(
            "nobody_jumps_the_line", says: "a buyer came in without a ticket of its own",
            "S 90 13000000000 3 checkout 2 aaaa", "A 90 13010000000 200 won - CHK-7-c - 90000"),
        Lie(
            "nobody_jumps_the_line", says: "number 3 came in, and later 1 were called",
            "S 90 13000000000 3 checkout 2 dddd", "A 90 13010000000 200 won - CHK-7-c - 90000",
            "S 91 14000000000 4 checkout 2 eeee", "A 91 14010000000 429 refused waiting_room - - -",
            "P 91 - 4 0 2 - -"),
        Lie(
            "called_buyers_are_let_in", says: "number 2 had been called, and was told to wait",
            "S 90 15600000000 1 checkout 2 aaaa", "A 90 15610000000 429 refused waiting_room - - -",
            "P 90 - 2 0 0 - -"),
        Lie(
            "called_buyers_are_let_in", says: "number 2 had been called, and was told to wait",
            "S 90 15600000000 1 queue - aaaa", "A 90 15610000000 200 won - - - -", "P 90 aaaa 2 0 0 - -"),
        Lie(
            "called_never_falls", says: "2 were called, and later 1", "S 90 15600000000 5 line - -",
            "A 90 15610000000 200 won - - - -", "L 90 15610000000 open 1"),
        Lie(
            "end_is_true_and_told", says: "the answer said all sold, but of 2 units at most 1 were taken",
            "S 90 14500000000 5 line - -", "A 90 14510000000 200 won - - - -", "L 90 14510000000 sold_out 1"),
        Lie(
            "end_is_true_and_told", says: "all was sold by +15.210000 s, and the line was open at +17.510000 s",
            "S 90 17500000000 5 line - -", "A 90 17510000000 200 won - - - -", "L 90 17510000000 open 2"),
        Lie(
            "end_is_true_and_told", says: "the line was holding at +17.510000 s",
            "S 90 1000000000 5 events - -", "L 90 17510000000 holding -"),
        Lie(
            "end_is_true_and_told", says: "all was sold, and a buyer was told to wait",
            "S 90 17500000000 4 checkout 1 eeee", "A 90 17510000000 429 refused waiting_room - - -",
            "P 90 - 4 0 1 - -"),
    ]

    @Test("An answer that breaks a promise is found", arguments: lies)
    func liars(lie: Lie) throws {
        let found = broken(try Self.history(lie.lines))
        #expect(found.map(\.check) == [lie.check])
        #expect(found.first?.counterexamples.first?.contains(lie.says) == true, "\(found)")
    }

    /// Of the seed of 64 times `5`.
    private static let commit = "911878b1ff94a6daecaba1d7ef6fda0b97116a16291389427b402a013a2ae79f"
    private static let seed = String(repeating: "5", count: 64)

    /// The draw as it was told before the start, and after it.
    private static func draw(
        _ before: String = commit, _ after: String = commit, seed: String = seed, count: Int = 2
    ) -> [String] {
        [
            "S 80 1000000000 5 line - -", "A 80 1010000000 200 won - - - -",
            "L 80 1010000000 holding 0 \(before) - -", "S 81 11000000000 5 line - -",
            "A 81 11010000000 200 won - - - -", "L 81 11010000000 open 1 \(after) \(seed) \(count)",
        ]
    }

    @Test(
        "Numbers are those of a draw whose commit was known before",
        arguments: [
            (draw(), nil), (draw(count: 0), nil),
            (draw(String(repeating: "0", count: 64)), "the draw had two commits"),
            (draw(seed: String(repeating: "x", count: 64)), "is not that of the commit"),
            (draw() + draw(count: 3).suffix(3).map { $0.replacing("81 ", with: "82 ") }, "there were two draws"),
            (draw(count: 200), "the draw gives load-r-1 number 139, and the answer said 2"),
            (
                draw() + [
                    "S 90 1000000000 6 queue - -", "A 90 1010000000 200 won - - - -", "P 90 gggg - 0 - - -",
                    "S 91 11000000000 6 queue - gggg", "A 91 11010000000 200 won - - - -", "P 91 gggg 1 1 0 - -",
                ], "the draw gives load-r-6 number 2, and the answer said 1"
            ),
        ] as [([String], String?)])
    func draws(lines: [String], says: String?) throws {
        let found = broken(try Self.history(lines))
        #expect(found.map(\.check) == (says == nil ? [] : ["numbers_follow_from_the_draw"]))
        if let says { #expect(found.first?.counterexamples.first?.contains(says) == true, "\(found)") }
    }

    @Test("After a fault a place may lag, and a number may not change")
    func fault() throws {
        let fault = "F 10500000000 kill -9 1"
        let lag = [fault, "S 90 16000000000 3 queue - dddd", "A 90 16010000000 200 won - - - -", "P 90 dddd 3 0 2 - -"]
        let history = try Self.history(lag)
        #expect(broken(history).isEmpty)
        for lie in Self.lies where lie.check == "called_never_falls" || lie.lines.contains("P 90 aaaa 2 0 0 - -") {
            #expect(broken(try Self.history([fault] + lie.lines)).isEmpty)
        }
        #expect(PromiseAudit(history, Evidence(), hasStrangers: false).notes.contains { $0.contains("may lag") })
        let moved = try Self.history([fault] + Self.lies[0].lines)
        #expect(broken(moved).map(\.check) == ["places_stay"])
    }
}
