// One rule in its file. The shape of rules is regular, so that lines show where one begins.

import Foundation

/// A rule of `prometheus/rules`.
struct RuleChunk: Sendable, CustomStringConvertible {
    let file: String
    /// The lines from `- alert:` or `- record:` to the next rule.
    let lines: [String]

    static let all: [RuleChunk] = Checkout.files(in: "prometheus/rules", suffix: ".yml").flatMap { file in
        chunks(of: Checkout.text(file), file: file)
    }
    static let alerts = all.filter { $0.value(of: "- alert") != nil }
    static let records = all.filter { $0.value(of: "- record") != nil }

    static func chunks(of text: String, file: String) -> [RuleChunk] {
        var chunks: [[String]] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("      - alert: ") || line.hasPrefix("      - record: ") {
                chunks.append([line])
                isInside = true
            } else if line.hasPrefix("        ") && isInside {
                chunks[chunks.count - 1].append(line)
            } else {
                isInside = false
            }
        }
        return chunks.map { RuleChunk(file: file, lines: $0) }
    }

    var name: String { value(of: "- alert") ?? value(of: "- record") ?? "" }
    /// The beginning of the names of its test cases: alerts of one name differ by their long window.
    var title: String { value(of: "long").map { "\(name) over \($0)" } ?? name }
    var description: String { title }

    /// The place of the expression in `lines`.
    var expressionLines: Range<Int> {
        guard let start = lines.firstIndex(where: { $0.hasPrefix("        expr:") }) else { return 0..<0 }
        let rest = lines[(start + 1)...]
        return start..<(rest.firstIndex { !$0.hasPrefix("          ") } ?? lines.count)
    }

    var expression: String {
        let text = lines[expressionLines].joined(separator: "\n")
        return String(text.trimmingPrefix(#/\s*expr: (\|\n)?/#))
    }

    /// The value of a key, if it is on one line.
    func value(of key: String) -> String? {
        for line in lines {
            let text = line.trimmingPrefix(while: \.isWhitespace)
            if text.hasPrefix(key + ": ") { return String(text.dropFirst(key.count + 2)) }
        }
        return nil
    }

    /// This rule once for each number in its expression that is a limit, with that number ten times as large, and 10
    /// instead of 0.
    var mutations: [RuleChunk] {
        let threshold = #/(?:[=!<>]=|[<>])\s*(?:on \([^)]*\)\s*group_left \(\)\s*)?(?<number>[0-9.]+)/#
        let before = Array(lines[..<expressionLines.lowerBound])
        let after = Array(lines[expressionLines.upperBound...])
        let text = lines[expressionLines].joined(separator: "\n")
        return text.matches(of: threshold).map { match in
            let number = Double(match.output.number) ?? 0
            var changed = text
            changed.replaceSubrange(
                match.output.number.startIndex..<match.output.number.endIndex,
                with: number == 0 ? "10" : "\(number * 10)")
            let middle = changed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return RuleChunk(file: file, lines: before + middle + after)
        }
    }
}
