// Audits the auditor: it catches every mutant, and finds no fault in the service itself.

import Foundation
import Testing

@Suite(.serialized) struct MutantTests {
    @Test("The service keeps every rule by which mutants are judged")
    func control() async throws {
        let trial = try await Trial.run(nil)
        #expect(trial.catcher == nil)
    }

    @Test("The service passes a storm", arguments: [2, 3, 4, 5] as [UInt64])
    func storm(seed: UInt64) async throws {
        let catcher = try await Trial.judgeStorm(nil, Schema(of: nil), seed: seed)
        #expect(catcher == nil)
    }

    @Test("A mutant is caught", arguments: chosen)
    func caught(_ mutant: Mutant) async throws {
        let trial = try await Trial.run(mutant)
        #expect(trial.catcher != nil, "it survived")
        if !Self.asked.isEmpty { print(Self.row(trial)) }
    }

    @Test("Each cut of the schema fits once", arguments: Mutant.all)
    func fits(_ mutant: Mutant) throws {
        _ = try Schema(of: mutant).files()
    }

    @Test("No two mutants have one name, and there are enough of them")
    func names() {
        #expect(Set(Mutant.all.map(\.name)).count == Mutant.all.count)
        #expect(Mutant.all.count >= 25)
        #expect(Mutant.sample.count == 3)
    }

    @Test("docs/MUTANTS.md has a row for every mutant, and for nothing else")
    func documented() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let page = try String(contentsOfFile: root + "/docs/MUTANTS.md", encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && !$0.contains("World` |") }
        #expect(rows.count == Mutant.all.count)
        for mutant in Mutant.all {
            #expect(rows.contains { $0.hasPrefix("| `\(mutant.name)` | \(mutant.lacks) | ") }, "\(mutant)")
        }
    }

    /// The names that `make mutants` asks for, or `all`: it prints a table. Other runs try a few.
    private static let asked = (ProcessInfo.processInfo.environment["MUTANTS"] ?? "").split(separator: ",")
    private static let chosen =
        asked.isEmpty
        ? Mutant.sample : Mutant.all.filter { asked.contains("all") || asked.contains(Substring($0.name)) }

    /// A row of the table, which the Makefile finds by its first character.
    private static func row(_ trial: Trial) -> String {
        let seconds = Double(trial.duration.components.seconds) + Double(trial.duration.components.attoseconds) / 1e18
        let columns = [
            trial.mutant?.name ?? "", trial.mutant?.lacks ?? "", trial.catcher ?? "SURVIVED",
            String(format: "%.1f", seconds),
        ]
        let line = columns.map { $0.replacing("\n", with: " ").prefix(100) }.joined(separator: " | ")
        return "| \(line) |"
    }
}
