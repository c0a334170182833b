// Stacks as text for a browser, in the two forms of Go's pages.

internal import Telemetry

enum StackText {
    /// `debug=1`: equal stacks together, the most frequent first.
    static func summary(of profile: Profile, title: String, _ symbols: Symbols) -> String {
        let alike = Dictionary(grouping: profile.samples, by: \.frames).mapValues(\.count)
        var text = "\(title) profile: total \(profile.samples.count)\n"
        for (frames, count) in alike.sorted(by: { ($1.value, $0.key.first ?? 0) < ($0.value, $1.key.first ?? 0) }) {
            text += "\(count) @" + frames.map { " " + hexadecimal($0) }.joined() + "\n"
            for frame in frames { text += "#\t\(hexadecimal(frame))\t\(symbols.function(at: frame).name)\n" }
            text += "\n"
        }
        return text
    }

    /// The heap with `debug=1`, the largest first: memory in use, and in brackets all that was ever allocated.
    static func heap(_ profile: Profile, _ symbols: Symbols) -> String {
        let totals = profile.samples.reduce([0, 0, 0, 0]) { zip($0, $1.values).map(+) }
        func line(_ values: [Int64]) -> String { "\(values[0]): \(values[1]) [\(values[2]): \(values[3])] @" }
        var text = "heap profile: \(line(totals)) heap/\(2 * HeapSampling.period)\n"
        for sample in profile.samples.sorted(by: { $0.values[1] > $1.values[1] }) {
            text += line(sample.values) + sample.frames.map { " " + hexadecimal($0) }.joined() + "\n"
            for frame in sample.frames { text += "#\t\(hexadecimal(frame))\t\(symbols.function(at: frame).name)\n" }
            text += "\n"
        }
        return text
    }

    /// `debug=2`: each thread by itself.
    static func threads(_ stacks: [(stack: ThreadStack, name: String)], _ symbols: Symbols) -> String {
        stacks.map { stack, name in
            let lines = stack.frames.map { "\(symbols.function(at: $0).name)\n\t\(hexadecimal($0))\n" }
            return "thread \(stack.thread) [\(name)]:\n" + lines.joined()
        }.joined(separator: "\n")
    }

    /// The live tasks, one a line, after the threads that run some of them.
    static func tasks(_ tasks: [LiveTask]) -> String {
        guard !tasks.isEmpty else { return "" }
        let lines = tasks.map { "task [\($0.name)], \($0.age.wholeNanoseconds / 1_000_000) ms\n" }
        return "\n\(tasks.count) tasks:\n" + lines.joined()
    }
}

/// As `0x1f`.
func hexadecimal(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }
