// The cases of `prometheus/tests`, by their names.

/// A test group of promtool.
struct TestCase: Sendable, CustomStringConvertible {
    let file: String
    let name: String
    let lines: [String]

    var description: String { name }

    /// Whether it expects its alert to fire, for each of its times.
    var firing: [Bool] {
        lines.indices.filter { lines[$0].contains("ALERTS{") && lines[$0].contains(#"alertstate="firing""#) }
            .compactMap { question in
                lines[question...].first { $0.contains("exp_samples:") }.map { !$0.hasSuffix("[]") }
            }
    }

    static let ofAlerts = all.filter { $0.name.contains(" fires") || $0.name.contains(" stays quiet ") }

    static let all: [TestCase] = Checkout.files(in: "prometheus/tests", suffix: "_test.yml").flatMap { file in
        let lines = Checkout.text(file).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let starts = lines.indices.filter { lines[$0].hasPrefix("  - name: ") }
        return zip(starts, starts.dropFirst() + [lines.count]).map { start, end in
            let name = lines[start].dropFirst("  - name: ".count).trimmingPrefix("\"")
            return TestCase(
                file: file, name: String(name.hasSuffix("\"") ? name.dropLast() : name),
                lines: Array(lines[start..<end]))
        }
    }
}
