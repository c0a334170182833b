// The output of `make test`: its progress, and at the end the failures again.

import Foundation
import Testing

@Suite("The output of a test run")
struct RunTestsTests {
    /// Runs the script over a command that prints these lines and ends with the status.
    private func output(of lines: [String], status: Int) throws -> (status: Int32, lines: [String]) {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("tests-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let command = ["sh", "-c", #"printf '%s\n' "$@"; exit \#(status)"#, "tests"]
        let (ended, output) = try Promtool.run(
            "bash", ["scripts/run-tests"] + command + lines, environment: ["TESTS_LOG": log.path])
        return (ended, output.split(separator: "\n").map(String.init))
    }

    private func end(of lines: [String], status: Int) throws -> (status: Int32, lines: [String]) {
        let (ended, output) = try output(of: lines, status: status)
        return (ended, Array(output.drop { $0 != "What failed, once more:" }.dropFirst()))
    }

    @Test("It numbers suites, leaves out passing tests, and keeps all other lines as they are")
    func progress() throws {
        let other = ["Building for debugging...", "✘ Test \"c\" recorded an issue at C.swift:1:2", "↳ because"]
        let summary = "✔ Test run with 3 tests in 2 suites passed after 1 seconds."
        let (status, lines) = try output(
            of: ["◇ Suite \"A b\" started.", "◇ Test \"a\" started.", "✔ Test \"a\" passed after 1 seconds."]
                + ["✔ Suite \"A b\" passed after 1 seconds."] + other
                + ["✘ Suite \"C\" failed after 1 seconds with 1 issue.", summary],
            status: 0)
        #expect(status == 0)
        let first = try #require(lines.first)
        #expect(first.wholeMatch(of: #/✔ suite 1, \d+ s so far: "A b" passed after 1 seconds\./#) != nil, "\(first)")
        #expect(Array(lines[1...3]) == other)
        #expect(lines[4].hasPrefix("✘ suite 2, ") && lines[4].hasSuffix(": \"C\" failed after 1 seconds with 1 issue."))
        #expect(lines[5...] == [summary])
        #expect(!lines.joined().contains("\u{1B}"), "no terminal, no control characters")
    }

    @Test("It repeats failures with their explanations, without passes and warnings")
    func repeated() throws {
        let failure = [
            "✘ Test \"sells once\" recorded an issue at Sale.swift:1:2: Expectation failed: (sold → 2) == 1",
            "± inserted [2]", "↳ unit 7", "  of sale 3",
        ]
        let summary = "✘ Test run with 3 tests in 1 suite failed after 1 seconds with 1 issue."
        let others = [
            "◇ Test \"sells once\" started.", "✔ Test \"refuses\" passed after 1 seconds.",
            "⚠︎ Test \"waits\" recorded a warning at Sale.swift:3:4: Issue recorded", "↳ only a warning",
        ]
        let (status, lines) = try end(of: others + failure + others + [summary], status: 1)
        #expect(status == 1)
        #expect(lines == failure + [summary])
    }

    @Test("If the process dies, it names the test that began last")
    func died() throws {
        let words = ["error: Process 'tests' exited with unexpected signal code 5", "Sale.swift:9: Fatal error: stock"]
        let passed = ["◇ Test \"sells\" started.", "✔ Test \"sells\" passed after 1 seconds."]
        let begun = "◇ Test \"buys\" started."
        let (status, lines) = try end(of: passed + [begun] + words, status: 5)
        #expect(status == 5)
        #expect(lines == words + [begun])
    }

    @Test("It repeats nothing of a run that passes")
    func passed() throws {
        let (status, lines) = try end(of: ["✔ Test run with 3 tests in 1 suite passed after 1 seconds."], status: 0)
        #expect(status == 0)
        #expect(lines.isEmpty)
    }

    @Test("What runs beside the tests of time, at the lowest priority, starts no server of ours")
    func computing() throws {
        let pattern = #/computing='\^\(([A-Za-z|]+)\)Tests/#
        let names = try #require(Checkout.text("scripts/all-tests").firstMatch(of: pattern)).1.split(separator: "|")
        #expect(names.count > 5)
        let package = Checkout.text("Package.swift")
        for name in names {
            let target = try #require(package.firstMatch(of: Regex("\"\(name)Tests\"[^)]*")), "\(name)Tests").0
            #expect(!target.contains("DevStack"), "\(name)Tests")
        }
    }
}
