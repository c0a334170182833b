// Runs the programs that check configuration files, if they are installed.

import Foundation

enum Promtool {
    static let isInstalled = path(of: "promtool") != nil

    /// Runs promtool in the repository's root and returns its exit code and its output.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try run("promtool", arguments)
    }

    static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> (status: Int32, output: String) {
        guard let path = path(of: program) else { return (-1, "\(program) is not installed") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = Checkout.root
        // It runs for seconds: to keep what it no longer needs costs less than to collect it.
        let own = ["GOGC": "800"].merging(environment ?? [:]) { $1 }
        process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    static func path(of program: String) -> String? {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        return directories.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Whether the cases pass with this rule as the only alert, beside the recording rules.
    static func passes(_ cases: [TestCase], with rule: RuleChunk) throws -> Bool {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let records = Set(RuleChunk.records.filter { rule.expression.contains($0.name) }.map(\.file))
        let alone = ["groups:", "  - name: alone", "    rules:"] + rule.lines
        try (alone.joined(separator: "\n") + "\n")
            .write(to: directory.appendingPathComponent("rule.yml"), atomically: true, encoding: .utf8)
        let files = ["rule.yml"] + records.sorted().map { Checkout.root.appendingPathComponent($0).path }
        let interval = cases.first?.lines.first { $0.hasPrefix("    interval: ") } ?? ""
        let test =
            ["rule_files:"] + files.map { "  - \($0)" }
            + ["evaluation_\(interval.trimmingCharacters(in: .whitespaces))", "tests:"] + cases.flatMap(\.lines)
        let file = directory.appendingPathComponent("case_test.yml")
        try (test.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        return try run(["test", "rules", file.path]).status == 0
    }
}
