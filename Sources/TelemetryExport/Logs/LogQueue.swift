// The lines that wait for the writer. A ring: no lock, no output.

/// A bounded first-in-first-out queue of lines.
struct LogQueue {
    private var lines: [[UInt8]?]
    var capacity: Int { lines.count }
    private var head = 0
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a queue without room")
        lines = [[UInt8]?](repeating: nil, count: capacity)
    }

    /// Takes a line, or returns false: a full queue refuses the newest line, so that the log stays in order.
    mutating func push(_ line: [UInt8]) -> Bool {
        guard count < lines.count else { return false }
        lines[(head + count) % lines.count] = line
        count += 1
        return true
    }

    /// Takes out the oldest lines, joined, and returns their number.
    mutating func pop(atMost countMax: Int) -> (bytes: [UInt8], lineCount: Int) {
        var bytes: [UInt8] = []
        let lineCount = min(countMax, count)
        for _ in 0..<lineCount {
            bytes += lines[head] ?? []
            lines[head] = nil
            head = (head + 1) % lines.count
        }
        count -= lineCount
        return (bytes, lineCount)
    }
}
