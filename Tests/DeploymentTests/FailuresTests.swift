// What `make test` says at the end: the failures again, with what explains them, and how the tests ended.

import Testing

@Suite("What failed stands at the end of a run")
struct FailuresTests {
    private func end(of lines: [String], status: Int) throws -> (status: Int32, lines: [Substring]) {
        let command = ["sh", "-c", #"printf '%s\n' "$@"; exit \#(status)"#, "tests"]
        let (ended, output) = try Promtool.run("bash", ["scripts/failures"] + command + lines)
        let again = output.split(separator: "\n").drop { $0 != "What failed, once more:" }
        return (ended, Array(again.dropFirst()))
    }

    @Test("A failure is repeated with its explanation, and what passed or warned is not")
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
        #expect(lines.map(String.init) == failure + [summary])
    }

    @Test("A process that died names the test that began last")
    func died() throws {
        let words = ["error: Process 'tests' exited with unexpected signal code 5", "Sale.swift:9: Fatal error: stock"]
        let passed = ["◇ Test \"sells\" started.", "✔ Test \"sells\" passed after 1 seconds."]
        let begun = "◇ Test \"buys\" started."
        let (status, lines) = try end(of: passed + [begun] + words, status: 5)
        #expect(status == 5)
        #expect(lines.map(String.init) == words + [begun])
    }

    @Test("A run that passes ends with its own words")
    func passed() throws {
        let (status, lines) = try end(of: ["✔ Test run with 3 tests in 1 suite passed after 1 seconds."], status: 0)
        #expect(status == 0)
        #expect(lines.isEmpty)
    }
}
